/* schema/pattern_parse.h -- a pattern as the positions of its characters and who follows whom (Glushkov's automaton). */
#ifndef DW_SCHEMA_PATTERN_PARSE_H
#define DW_SCHEMA_PATTERN_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DW__PATTERN_POSITIONS 96u

/* Characters that a position takes: ASCII each by itself, all others as one, which is more than it takes, never less. */
struct char_set {
    uint64_t low, high;
    bool other;
};

struct position_set {
    uint64_t w[2];
};

struct pattern_graph {
    size_t n;
    struct char_set takes[DW__PATTERN_POSITIONS];
    struct position_set follow[DW__PATTERN_POSITIONS]; /* what may come behind a position … */
    struct position_set twice[DW__PATTERN_POSITIONS];  /* … and what may in two ways */
};

/* False when the pattern has what this does not read, or too many positions. */
bool dw__pattern_parse(const char *pattern, struct pattern_graph *graph);

static inline bool position_in(const struct position_set *s, size_t i)
{
    return (s->w[i / 64] >> (i % 64) & 1) != 0;
}

#endif
