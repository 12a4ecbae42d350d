/* guard/findings.c -- the rows of the list, to be looked up. */
#include "guard/findings.h"

#include "base/text.h"

#define ROW(name, id, level, cwe, asvs, why, fix) {id, FINDING_##level, cwe, asvs, "" why "", "" fix ""},
static const struct finding_row rows[FINDINGS] = {DW__FINDINGS(ROW)};

const struct finding_row *dw__finding(enum finding finding)
{
    return &rows[finding];
}

enum finding dw__finding_find(dw_text id)
{
    for (size_t i = 0; i < FINDINGS; i++)
        if (dw__text_eq(dw__text_of(rows[i].id), id))
            return (enum finding)i;
    return FINDINGS;
}

const char *dw__finding_level_name(enum finding_level level)
{
    static const char *const names[] = {"note", "warning", "error"};

    return names[level];
}
