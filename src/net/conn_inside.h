/* net/conn_inside.h -- what the files of a connection share among themselves and with nobody else. */
#ifndef DW_NET_CONN_INSIDE_H
#define DW_NET_CONN_INSIDE_H

#include "net/conn.h"

/* Closes and tells the protocol. */
void dw__conn_fail(struct conn *c);
/* Sets the timer when the earlier deadline comes before it. */
void dw__conn_arm(struct conn *c);
/* Gives all output back to the pool. */
void dw__conn_drop_output(struct conn *c);

#endif
