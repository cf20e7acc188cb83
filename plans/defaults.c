#include "defaults.h"

/* Türkiye. None of these numbers could be checked against the signal chapter of KGM's design manual
 * or the traffic regulation, which are not public in full; all of them are therefore parameters.
 * Sources: yellow 3 s: German rule for 50 km/h (VwV-StVO to §37), the usual value in Türkiye too
 * (unverified); red-yellow: taught in Turkish driving courses (verified), its length 2 s
 * unverified; Germany 1 to 2 s; minimum green 5 to 7 s: TLCGen 5 s car, 6 s cycle, GB/T 20999
 * controllers 7 s; walk 7 s: MUTCD (unverified); minimum red: TLCGen 2 s car, 1 s others; green
 * flash off: use in Türkiye unverified (features.md, 4.2). */
static const struct group_defaults tr_vehicle = { 7000, 0, 3000, 2000, 2000, ASPECT_FLASH_YELLOW };
static const struct group_defaults tr_arrow = { 5000, 0, 3000, 2000, 2000, ASPECT_FLASH_YELLOW };
static const struct group_defaults tr_tram = { 5000, 0, 4000, 2000, 2000, ASPECT_FLASH_YELLOW };
static const struct group_defaults tr_cycle = { 6000, 0, 3000, 1000, 1000, ASPECT_FLASH_YELLOW };
static const struct group_defaults tr_ped = { 7000, 0, 0, 0, 1000, ASPECT_DARK };

/* NEMA practice: no red-yellow, flashing red on conflicts is a matter of the site. */
static const struct group_defaults us_vehicle = { 5000, 0, 3000, 0, 1000, ASPECT_FLASH_YELLOW };
static const struct group_defaults us_ped = { 7000, 0, 0, 0, 1000, ASPECT_DARK };

/* Published comparisons: 3 s yellow, minimum green 5 s, nothing else. Not street-legal. */
static const struct group_defaults bench_vehicle = { 5000, 0, 3000, 0, 0, ASPECT_FLASH_YELLOW };
static const struct group_defaults bench_ped = { 5000, 0, 0, 0, 0, ASPECT_DARK };

const struct group_defaults *defaults_of(int32_t profile, int32_t sg_type)
{
    const bool is_ped = sg_type == SG_PEDESTRIAN;
    if (profile == PROFILE_US) {
        return is_ped ? &us_ped : &us_vehicle;
    }
    if (profile == PROFILE_BENCH) {
        return is_ped ? &bench_ped : &bench_vehicle;
    }
    static const struct group_defaults *const tr[SG_TYPE_COUNT] = {
        [SG_VEHICLE] = &tr_vehicle, [SG_ARROW] = &tr_arrow,    [SG_BUS] = &tr_arrow,
        [SG_TRAM] = &tr_tram,       [SG_PEDESTRIAN] = &tr_ped, [SG_CYCLE] = &tr_cycle
    };
    return tr[sg_type];
}

const struct profile_limits *defaults_limits(int32_t profile)
{
    static const struct profile_limits limits[] = {
        /* Start-up flash and yellow of 3 s each: Swedish practice (RSMP SXL issue 139). */
        [PROFILE_TR] = { 3000, 5000, 4000, 1000, 3000, 3000, 3000, 100, 150, true },
        /* Minimum yellow 2.7 s is NEMA TS 2's (unverified); walking speed 3.5 ft/s is the MUTCD's.
         */
        [PROFILE_US] = { 2700, 4000, 4000, 0, 0, 3000, 0, 107, 150, false },
        [PROFILE_BENCH] = { 1000, 1000, 1000, 0, 3000, 0, 0, 120, 150, false },
    };
    return &limits[profile];
}
