/* app/debug_info.h -- in development, and only to a client that asked a loopback host: why. */
#ifndef DW_APP_DEBUG_INFO_H
#define DW_APP_DEBUG_INFO_H

#include "base/buf.h"
#include "http/request.h"

/* Reads the names of this program's functions, while files can be opened; without it a backtrace has only offsets. */
void dw__debug_prepare(void);
/* Appends "fn+0x12", or "libc.so.6+0x27305" of another file. `exact`: the frame is no return address, whose call is before it. */
void dw__debug_frame(const void *frame, bool exact, struct buf *b);
/* Appends ,"debug":{"reason":…,"backtrace":[…]} when this process runs in development and the request's Host and peer are loopback; nothing
 * otherwise. */
void dw__debug_members(const dw_req *req, dw_err err, struct buf *b);

#endif
