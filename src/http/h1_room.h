/* http/h1_room.h -- who has a place in a worker: how much of it one address may take, and who leaves when all are taken.
 *
 * Who makes others wait stands in one of three lines: connections whose head has not come yet, since they were accepted or since it began;
 * what waits for its client to send or to read, a request, the rest of a body that nobody wants, or a last reply; connections between two requests, or of which only
 * the end is awaited.  Each line is in the order of time, so that the slowest stands first, and they leave in the order of the lines. */
#ifndef DW_HTTP_H1_ROOM_H
#define DW_HTTP_H1_ROOM_H

#include "http/h1_conn.h"

/* It is known whom the connection is with: counts it for that address. False when that has too many: it is closed then, and nothing was said. The
 * admin's and trusted proxies, who speak for many, have no cap. */
bool dw__h1_admit(struct h1_conn *h);
/* It has come, and its first head is awaited. */
void dw__h1_arrives(struct h1_conn *h);
/* Its next head is awaited, and nothing of it is there; or its end. */
void dw__h1_idles(struct h1_conn *h);
/* A part of a head is there. False when its address has too many of them: it is closed then. */
bool dw__h1_head_begins(struct h1_conn *h);
/* Its head is complete, or never will be. */
void dw__h1_head_ended(struct h1_conn *h);
/* What it is about waits for its client to send or to read: keeps its place when it stands there already, so that a byte now and then wins nothing. And no
 * longer, or its client has done enough to stand behind the others. */
void dw__h1_stalls(struct h1_conn *h);
void dw__h1_moves(struct h1_conn *h);
/* All places are taken: ends the slowest, who has made others wait for a quarter of a second at least. Whether there was one. */
bool dw__h1_make_room(struct http_server *server);
/* Little is left of what requests need, be it memory or fibers: ends the slowest that has waited for its client for so long, where that frees some. Fibers: only while a
 * quarter of those that are taken wait for clients; else it is handlers that hold them.  Memory: one in a few milliseconds, so that those who are refused cannot have all the
 * others leave; heads hold some too. */
void dw__h1_make_way(struct http_server *server, bool for_memory);
/* It has ended in every respect: gives back all that was counted. */
void dw__h1_leave(struct h1_conn *h);

#endif
