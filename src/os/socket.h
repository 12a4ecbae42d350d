/* os/socket.h -- listeners, accepted sockets and their peers, and messages between our own processes.
 *
 * Every socket is non-blocking and closed on exec. */
#ifndef DW_OS_SOCKET_H
#define DW_OS_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <dw/err.h>
#include <dw/types.h>

/* Who is at the other end. An IPv4 address mapped into IPv6 is AF_INET here, so that one client has one address. */
struct peer {
    uint16_t family;     /* AF_INET, AF_INET6, or AF_UNIX: then the rest is 0 */
    uint16_t port;       /* host byte order */
    uint8_t address[16]; /* AF_INET: the first 4, the others 0 */
};

/* Bytes for a sentence that says why something could not be done: one line, NUL-terminated, for a person. */
#define DW__WHY ((size_t)256)
/* Bytes for the longest address as text, and its NUL. */
#define DW__ADDRESS_TEXT ((size_t)46)

/* Reads "127.0.0.1:8080" or "[::1]:8080": numbers only, no names, port 0 to 65535. DW_INVALID otherwise. */
DW_MUST dw_err dw__address_parse(dw_text t, struct peer *out);
/* The address without the port ("127.0.0.1", "2001:db8::1" as in RFC 5952, "unix") and its NUL into out; returns its length. */
size_t dw__peer_text(const struct peer *peer, char out[static DW__ADDRESS_TEXT]);

/* ---- listening ---- */

/* Listens on `address` (see dw__address_parse), with SO_REUSEPORT when `reuseport`; accepted sockets have TCP_NODELAY. *fd is the
 * caller's. On failure *fd is -1 and `why` says it: DW_INVALID (malformed), DW_CONFLICT (in use), DW_DENIED (a port below 1024),
 * DW_UNAVAILABLE (not an address of this machine, no resources). */
DW_MUST dw_err dw__listen_tcp(dw_text address, bool reuseport, int *fd, char why[static DW__WHY]);
/* n listeners that share one address by SO_REUSEPORT, after having seen that nobody else listens there, which SO_REUSEPORT alone
 * would not notice. Port 0: they share the one that the first is given. All or none. */
DW_MUST dw_err dw__listen_tcp_shared(dw_text address, int *fds, size_t n, char why[static DW__WHY]);
/* Listens on the Unix socket `path` (at most 107 bytes) with access `mode`, never wider in between. A socket file that nobody
 * listens on is removed first; DW_CONFLICT when somebody does or the file is no socket. Only while there is one thread: the umask is
 * changed for a moment. */
DW_MUST dw_err dw__listen_unix(const char *path, mode_t mode, int *fd, char why[static DW__WHY]);
/* The address that a TCP or Unix socket is bound to. */
DW_MUST dw_err dw__socket_address(int fd, struct peer *out);

/* The next connection: its descriptor, and *peer (may be NULL); else -errno: -EAGAIN when there is none; -EMFILE, -ENFILE, -ENOMEM,
 * -ENOBUFS when there is no room for it (it stays in the queue); anything else concerns that one connection, which is gone. */
DW_MUST int dw__accept(int listener, struct peer *peer);
/* Small writes go out at once. Failure is harmless and not told. */
void dw__socket_nodelay(int fd);

/* ---- messages between our processes ---- */

/* Two ends that keep the bounds of messages (SOCK_SEQPACKET). */
DW_MUST dw_err dw__socket_pair(int fds[static 2]);
/* Nothing can be sent to this end any more: no message, and no descriptor. False when the system refuses. */
DW_MUST bool dw__socket_only_sends(int fd);
/* A pipe, fds[0] to be read, fds[1] to be written; neither waits. Unlike a socket it carries bytes and nothing else. */
DW_MUST dw_err dw__pipe_new(int fds[static 2]);
/* Sends n bytes (1 or more) as one message, with descriptor `passed` (-1: none), which stays the caller's too. 0, or -errno: -EAGAIN
 * when there is no room, -EPIPE when the other end is gone. */
DW_MUST int dw__message_send(int fd, const void *p, size_t n, int passed);
/* Receives one message of at most `cap` bytes: its size; 0 when the other end is gone; else -errno: -EAGAIN when there is none,
 * -EMSGSIZE when it was longer or carried more than one descriptor: it is lost. *passed is the descriptor that came with it, the
 * caller's, or -1; with NULL none is accepted. A descriptor that is not handed out is closed. */
DW_MUST ssize_t dw__message_receive(int fd, void *p, size_t cap, int *passed);

#endif
