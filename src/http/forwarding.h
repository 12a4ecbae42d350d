/* http/forwarding.h -- what proxies say of a request, taken from those that are trusted and from nobody else. */
#ifndef DW_HTTP_FORWARDING_H
#define DW_HTTP_FORWARDING_H

#include "codec/forwarded.h"
#include "codec/ip.h"
#include "http/request.h"

/* Looks at the fields of `req` that are marked (http/field_mark.h; to be called only when there are some), and leaves those that may arrive.  `hops`:
 * so many proxies, the peer the first of them, may be believed; 0: the peer is none.  What they say becomes req->peer (its text is kept in `room`), ->via,
 * ->https, the host and the id of the request.  NULL, or why the request must be refused: a static string. */
const char *dw__forwarding_take(dw_req *req, const struct proxies *proxies, unsigned hops,
                                char room[static DW__IP_SIZE]);

#endif
