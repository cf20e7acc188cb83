#include "check.h"

void check_all(struct reader *r)
{
    check_safety(r);
    check_lanes(r);
    check_sequence(r);
    check_patterns(r);
    check_rings(r);
    check_schedule(r);
    check_site(r);
    if (r->diag->errors == 0) {
        check_proof(r);
    }
}
