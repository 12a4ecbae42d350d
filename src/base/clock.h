/* base/clock.h -- one reading serves all who need "now" in a turn of the loop. Tests can set it. */
#ifndef DW_BASE_CLOCK_H
#define DW_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dw/types.h>

struct clock {
    uint64_t mono_ns;   /* CLOCK_MONOTONIC */
    int64_t unix_ms;    /* CLOCK_REALTIME */
    bool frozen;        /* set by a test: reading changes nothing */
    bool stopped;       /* … the Unix time stands still, and mono_ns goes on */
    int64_t rendered_s; /* the second that the texts below are for */
    char http_date[30]; /* "Sun, 06 Nov 1994 08:49:37 GMT", IMF-fixdate (RFC 9110 §5.6.7), 29 characters */
    char rfc3339[21];   /* "1994-11-06T08:49:37Z", 20 characters */
};

/* Reads the clocks, unless frozen, and renders the texts when the second has changed. */
void dw__clock_read(struct clock *c);
/* Freezes `c` at a Unix time in milliseconds; mono_ns advances by the difference to the last value, never backwards. */
void dw__clock_set(struct clock *c, int64_t unix_ms);
/* Sets the Unix time, where it stays; mono_ns goes on as before. */
void dw__clock_stop(struct clock *c, int64_t unix_ms);
/* Renders Unix seconds as RFC 3339 UTC; years 1970 to 9999. */
void dw__rfc3339(int64_t unix_s, char out[static 21]);
void dw__http_date(int64_t unix_s, char out[static 30]);

#endif
