#include "rules.h"

#include <stdarg.h>

#define RULE_TEXT(name, number, level, demand, cure) { number, DIAG_##level, #name, demand, cure },
static const struct rule_text rule_table[] = { RULES(RULE_TEXT) };
#undef RULE_TEXT

const struct rule_text *rules_all(size_t *count)
{
    *count = sizeof rule_table / sizeof rule_table[0];
    return rule_table;
}

const struct rule_text *rules_find(int32_t rule)
{
    for (size_t i = 0; i < sizeof rule_table / sizeof rule_table[0]; i++) {
        if (rule_table[i].rule == rule) {
            return &rule_table[i];
        }
    }
    return NULL;
}

void diag_rule(struct diag *d, int32_t rule, struct diag_at at, const char *format, ...)
{
    const struct rule_text *text = rules_find(rule);
    REQUIRE(text != NULL);
    char buffer[DIAG_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(buffer, sizeof buffer, format, args);
    va_end(args);
    diag_add(d, (enum diag_level)text->level, rule, at, "%s", buffer);
}
