/* load.h: from a junction directory to frozen data: read the four files, check every rule, prove
 * that no stage, phase combination, transition or pattern can show a conflict, cut a minimum or
 * starve a group. Either everything is filled or nothing is: a refused directory leaves *plan and
 * *site as they were. */
#ifndef KAVSAK_LOAD_H
#define KAVSAK_LOAD_H

#include "diag.h"
#include "digest.h"
#include "plan.h"
#include "site.h"

/* STATUS_OK (warnings possible), STATUS_INVALID (diag says why), STATUS_IO (a file cannot be read;
 * diag too), STATUS_REFUSED (fine, but not for this cabinet link: unsigned or bench profile on a
 * real one). */
MUST_CHECK enum status plan_load(const char *directory, struct plan *plan, struct site *site,
                                 struct diag *diag);

/* As plan_load, but with the signature that this key makes of safety.yaml, in place of the one
 * beside it: what passes here passes plan_load once the signature is there. Rule P136 broken: the
 * key is not among those of site.yaml. */
struct plan_signer {
    uint8_t key[DIGEST_KEY_BYTES];
    uint8_t secret[DIGEST_SECRET_BYTES];
    uint8_t signature[DIGEST_SIGNATURE_BYTES]; /* out, on STATUS_OK */
};
MUST_CHECK enum status plan_sign(const char *directory, struct plan_signer *signer,
                                 struct plan *plan, struct site *site, struct diag *diag);

/* The same from memory: safety.yaml, lanes.yaml, plan.yaml, site.yaml, in this order; without
 * signature. */
struct plan_bytes {
    const char *bytes;
    size_t size;
};
MUST_CHECK enum status plan_load_bytes(const struct plan_bytes file[4], struct plan *plan,
                                       struct site *site, struct diag *diag);

#endif
