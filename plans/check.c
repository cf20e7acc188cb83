#include "check.h"

void check_all(struct reader *r)
{
    check_safety(r);
}
