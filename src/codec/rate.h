/* codec/rate.h -- limits as people write them: "5 per minute", "5/minute", "10 per 2 hours", "1/second; 2/minute | 3/hour". */
#ifndef DW_CODEC_RATE_H
#define DW_CODEC_RATE_H

#include <stdint.h>

#include <dw/types.h>

/* Most that one text may have. */
#define DW__RATES 4u

/* Most that a moving window lets through, since it remembers each. */
#define DW__RATE_MOVING_MAX 128u

#define DW__RATE_COUNT_MAX 1000000u

/* `count` in any `seconds`: 1 to DW__RATE_COUNT_MAX in at most 366 days. */
struct rate {
    uint32_t count, seconds;
};

/* Reads one or more of "COUNT per|/ [N] second|minute|hour|day[s]" between ';', ',' or '|', in any case, with spaces and tabs where they do no
 * harm.  How many there are; 0 when it is anything else: *position is then the offset of what could not be read. */
size_t dw__rates_read(dw_text text, struct rate out[static DW__RATES], size_t *position);

#endif
