/* auth/audit_file.h -- what the files of an audit log are called, and when one is full.
 *
 * The file that is written has the name of AUDIT_LOG.  When another takes its place it gets a UTC time behind that: "audit.log.20260131T120000000Z".
 * Such names are in the order in which the files were written, whoever sorts them.  Pure: names may be anything. */
#ifndef DW_AUTH_AUDIT_FILE_H
#define DW_AUTH_AUDIT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <dw/types.h>

#define DW__AUDIT_STAMP 19 /* characters of a time in a name, behind its '.' */

/* "20260131T120000000Z" */
void dw__audit_stamp(int64_t unix_ms, char out[static DW__AUDIT_STAMP]);
/* Reads one; false: it is none, or none that the other would make. Years 1970 to 9999. */
DW_MUST bool dw__audit_stamp_read(dw_text text, int64_t *unix_ms);
/* The same of "2026-01-31T12:00:00.000Z", the time of a line. */
DW_MUST bool dw__audit_time_read(dw_text text, int64_t *unix_ms);
/* Whether `name` is that of a file which was written under the name `log`; *stamp is its time. */
DW_MUST bool dw__audit_file_read(dw_text name, dw_text log, dw_text *stamp);

/* When a file is full; 0: never for that reason. */
struct audit_bounds {
    uint64_t size;   /* bytes */
    uint64_t age_ms; /* periods of so long, from the beginning of 1970 on: a file has lines of one */
};

/* Whether one is, with so many bytes, that has lines of Unix time `begun_ms`, `now_ms` later. An empty one never is. */
bool dw__audit_file_is_full(const struct audit_bounds *bounds, uint64_t size, int64_t begun_ms,
                            int64_t now_ms);

#endif
