#include "estimate_parts.h"

/* Who will come beyond what detectors and neighbours can see, at the learned rate. Without them the
 * search believes that nobody follows the last vehicle in sight, and puts every change off until
 * "then"; as full vehicles they hide each gap. Every lane has its own, however little it shows: a
 * lane without would be one for which nobody waits. They come evenly from half a gap after the end
 * of sight on: within any time as many as in the mean, whoever was seen or missed before. Half
 * their weight was chosen on networks of our own: docs/optimiser.md. */
enum {
    RATE_LEAST_PER_KS = 5,
    EXPECTED_WEIGHT = SNAPSHOT_WEIGHT_ONE / 2,
    EXPECTED_UNTIL_CS = 4500 /* the search's horizon and what its last second may start */
};

static void expect_on(const struct estimate *e, const struct layout *l, int32_t lane_ix,
                      struct snapshot_lane *out)
{
    const int32_t sight_cs = estimate_sight_ds(&l->lane[lane_ix], &e->lane[lane_ix]) * 10;
    const int32_t rate_per_ks = out->arrivals_per_ks;
    if (rate_per_ks < RATE_LEAST_PER_KS) {
        return;
    }
    const int32_t gap_cs = 100000 / rate_per_ks;
    int32_t eta_cs = sight_cs + gap_cs / 2;
    while (eta_cs < EXPECTED_UNTIL_CS && out->count < SNAPSHOT_VEHICLES_MAX) {
        const struct snapshot_vehicle v = { .eta_cs = (int16_t)eta_cs, .weight = EXPECTED_WEIGHT };
        estimate_put(out, &v);
        eta_cs += gap_cs;
    }
}

void estimate_expect_fill(const struct estimate *e, const struct layout *l, struct snapshot *s)
{
    for (int32_t i = 0; i < l->lane_count; i++) {
        if (!e->approach[l->lane[i].approach_ix].has_message) {
            expect_on(e, l, i, &s->lane[i]);
        }
    }
}
