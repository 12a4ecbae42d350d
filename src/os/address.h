/* os/address.h -- struct peer and the system's socket addresses. */
#ifndef DW_OS_ADDRESS_H
#define DW_OS_ADDRESS_H

#include <sys/socket.h>

#include "os/socket.h"

/* What the system calls `from`, as a peer; AF_UNIX for any other family. */
void dw__peer_of(const struct sockaddr_storage *from, struct peer *out);
/* The reverse, for AF_INET and AF_INET6; returns the length. */
socklen_t dw__peer_to(const struct peer *peer, struct sockaddr_storage *out);

#endif
