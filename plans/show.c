#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "show.h"

#include <stdlib.h>
#include <string.h>

#include "prove.h"
#include "show_parts.h"

static void show_header(const struct plan *p, const struct site *site, FILE *out)
{
    (void)fprintf(out, "%s\n", p->junction_name);
    for (size_t i = 0; p->junction_name[i] != '\0'; i++) {
        (void)fputs(((unsigned char)p->junction_name[i] & 0xc0) != 0x80 ? "=" : "", out);
    }
    (void)fprintf(out, "\nnode %s, zone %s, site %" PRId32 ", profile %s\n", p->node, p->zone,
                  p->safety.site_id, show_profile(p->safety.profile));
    (void)fprintf(out, "safety file %016" PRIx64 "  %s\n", p->safety_hash,
                  site->is_signed ? "signed" : "** UNSIGNED **");
    (void)fprintf(out, "all files   %016" PRIx64 "\n", p->plan_hash);
    if (p->safety.profile == PROFILE_BENCH) {
        (void)fprintf(out, "** not street-legal: profile bench **\n");
    }
}

static void show_proof(const struct plan *p, FILE *out)
{
    struct prove_result r;
    plan_prove(p, &r);
    (void)fprintf(out, "\nProof\n-----\n");
    (void)fprintf(out,
                  "  %" PRIu32 " %s and %" PRIu32 " changes between them played, %" PRIu32
                  " cycles of patterns, %" PRIu32 " ticks\n",
                  r.states, plan_is_staged(p) ? "stages" : "combinations of phases", r.transitions,
                  r.cycles, r.ticks);
    if (r.count == 0) {
        (void)fprintf(out, "  no conflict, no minimum cut, nobody starves\n");
        return;
    }
    (void)fprintf(out, "  %" PRIu32 " errors, %" PRIu32 " warnings\n", r.errors, r.warnings);
    for (uint32_t i = 0; i < r.count && i < PROVE_FINDING_MAX; i++) {
        (void)fprintf(out, "  %s: %s\n", r.finding[i].level == PROVE_ERROR ? "error" : "warning",
                      r.finding[i].text);
    }
}

void show_plan(const struct plan *p, const struct site *site, FILE *out)
{
    show_header(p, site, out);
    show_safety(p, out);
    show_sequence(p, out);
    show_patterns(p, out);
    show_schedule(p, out);
    show_street(p, out);
    show_detectors(p, site, out);
    show_links(site, out);
    show_proof(p, out);
}

char *show_plan_text(const struct plan *p, const struct site *site)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    show_plan(p, site, out);
    const bool is_whole = ferror(out) == 0;
    if (fclose(out) != 0 || !is_whole) {
        free(text);
        return NULL;
    }
    return text;
}
