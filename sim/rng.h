/* rng.h: random numbers of the simulators: xoshiro256** (Blackman and Vigna, "Scrambled linear
 * pseudorandom number generators", 2018) seeded by splitmix64. The same seed gives the same street
 * on every machine. Never used where secrets are made. */
#ifndef KAVSAK_RNG_H
#define KAVSAK_RNG_H

#include <stdint.h>

struct rng {
    uint64_t s[4];
};

/* stream keeps sources apart: the arrivals of one lane do not change when another gets a detector.
 */
void rng_init(struct rng *r, uint64_t seed, uint64_t stream);
uint64_t rng_next(struct rng *r);
double rng_unit(struct rng *r);                     /* [0, 1) */
double rng_exponential(struct rng *r, double mean); /* > 0 */
uint32_t rng_below(struct rng *r, uint32_t bound);  /* [0, bound), bound > 0 */

#endif
