/* Listeners, accepted sockets, messages with descriptors. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/address.h"
#include "os/fault.h"

static char why[DW__WHY];

static dw_text local(uint16_t port, char out[static 32])
{
    return (dw_text){out, (size_t)snprintf(out, 32, "127.0.0.1:%u", port)};
}

static uint16_t port_of(int fd)
{
    struct peer at;
    assert_int_equal(dw__socket_address(fd, &at), DW_OK);
    return at.port;
}

static int connected(int listener)
{
    struct peer at;
    struct sockaddr_storage name;
    assert_int_equal(dw__socket_address(listener, &at), DW_OK);
    socklen_t n = dw__peer_to(&at, &name);
    int fd = socket(at.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, n), 0);
    return fd;
}

static bool has_flags(int fd)
{
    return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

static void accepts(dw_text address, uint16_t family, const char *host)
{
    int listener, nodelay = 0;
    assert_int_equal(dw__listen_tcp(address, false, &listener, why), DW_OK);
    assert_true(has_flags(listener));
    struct peer peer;
    assert_int_equal(dw__accept(listener, &peer), -EAGAIN);
    int client = connected(listener), fd = dw__accept(listener, &peer);
    assert_true(fd >= 0 && has_flags(fd));
    assert_int_equal(peer.family, family);
    assert_int_equal(peer.port, port_of(client));
    char name[DW__ADDRESS_TEXT];
    (void)dw__peer_text(&peer, name);
    assert_string_equal(name, host);
    socklen_t n = sizeof(nodelay);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, &n), 0);
    assert_true(nodelay != 0);
    close(fd);
    close(client);
    close(listener);
}

static void connections_are_accepted(void **state)
{
    (void)state;
    accepts(DW_TEXT("127.0.0.1:0"), AF_INET, "127.0.0.1");
    if (access("/proc/net/if_inet6", F_OK) == 0)
        accepts(DW_TEXT("[::1]:0"), AF_INET6, "::1");
}

static void a_busy_port_is_named(void **state)
{
    (void)state;
    int first, second;
    char at[32];
    assert_int_equal(dw__listen_tcp(DW_TEXT("127.0.0.1:0"), false, &first, why), DW_OK);
    dw_text address = local(port_of(first), at);
    assert_int_equal(dw__listen_tcp(address, false, &second, why), DW_CONFLICT);
    assert_int_equal(second, -1);
    assert_non_null(strstr(why, at));
    assert_non_null(strstr(why, "in use"));
    assert_null(strchr(why, '\n'));
    close(first);
    assert_int_equal(dw__listen_tcp(address, false, &second, why), DW_OK);
    close(second);
}

static void a_bad_address_is_quoted(void **state)
{
    (void)state;
    int fd;
    assert_int_equal(dw__listen_tcp(DW_TEXT("localhost:80"), false, &fd, why), DW_INVALID);
    assert_non_null(strstr(why, "localhost:80"));
    assert_int_equal(dw__listen_tcp(DW_TEXT("192.0.2.7:8080"), false, &fd, why), DW_UNAVAILABLE);
    assert_non_null(strstr(why, "not an address of this machine"));
}

static void shared_listeners_notice_a_stranger(void **state)
{
    (void)state;
    int fds[3], more[2], stranger;
    char at[32];
    assert_int_equal(dw__listen_tcp_shared(DW_TEXT("127.0.0.1:0"), fds, 3, why), DW_OK);
    uint16_t port = port_of(fds[0]);
    assert_true(port != 0 && port_of(fds[1]) == port && port_of(fds[2]) == port);
    assert_int_equal(dw__listen_tcp_shared(local(port, at), more, 2, why), DW_CONFLICT);
    assert_int_equal(more[0], -1);
    assert_int_equal(more[1], -1);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    /* Even one that would share its port. */
    assert_int_equal(dw__listen_tcp(DW_TEXT("127.0.0.1:0"), true, &stranger, why), DW_OK);
    assert_int_equal(dw__listen_tcp_shared(local(port_of(stranger), at), fds, 3, why), DW_CONFLICT);
    close(stranger);
}

/* ---- Unix sockets ---- */

/* Takes the place of libc's: the path is not to be trusted once the socket is there. */
int chmod(const char *path, mode_t mode)
{
    (void)mode;
    fail_msg("chmod by path: %s", path);
    return -1;
}

static void unix_sockets(void **state)
{
    (void)state;
    char directory[] = "/tmp/dewar-test-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof(path), "%s/s", directory);
    int fd, second;
    mode_t before = umask(0077);
    assert_int_equal(dw__listen_unix(path, 0660, &fd, why), DW_OK);
    umask(before);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_true(has_flags(fd));

    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, path, strlen(path));
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&name, sizeof(name)), 0);
    struct peer peer;
    int accepted = dw__accept(fd, &peer);
    assert_true(accepted >= 0);
    assert_int_equal(peer.family, AF_UNIX);
    close(accepted);
    close(client);

    assert_int_equal(dw__listen_unix(path, 0660, &second, why), DW_CONFLICT); /* somebody listens */
    assert_non_null(strstr(why, path));
    close(fd);
    assert_int_equal(dw__listen_unix(path, 0600, &fd, why), DW_OK); /* nobody: it was stale */
    close(fd);
    assert_int_equal(unlink(path), 0);

    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(file);
    assert_int_equal(dw__listen_unix(path, 0600, &fd, why), DW_CONFLICT); /* no socket: not ours to remove */
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
    assert_int_equal(dw__listen_unix(path, 0600, &fd, why), DW_UNAVAILABLE);

    char too_long[200];
    memset(too_long, 'a', sizeof(too_long));
    too_long[sizeof(too_long) - 1] = '\0';
    assert_int_equal(dw__listen_unix(too_long, 0600, &fd, why), DW_INVALID);
    assert_int_equal(dw__listen_unix("", 0600, &fd, why), DW_INVALID);
}

/* ---- messages ---- */

static void messages_keep_their_bounds(void **state)
{
    (void)state;
    int fds[2], passed = 7;
    char in[16] = {0};
    assert_int_equal(dw__socket_pair(fds), DW_OK);
    assert_true(has_flags(fds[0]) && has_flags(fds[1]));
    assert_int_equal(dw__message_receive(fds[1], in, sizeof(in), &passed), -EAGAIN);
    assert_int_equal(dw__message_send(fds[0], "one", 3, -1), 0);
    assert_int_equal(dw__message_send(fds[0], "three", 5, -1), 0);
    assert_int_equal(dw__message_send(fds[0], "", 0, -1), -EINVAL);
    assert_int_equal(dw__message_receive(fds[1], in, sizeof(in), &passed), 3);
    assert_memory_equal(in, "one", 3);
    assert_int_equal(passed, -1);
    assert_int_equal(dw__message_receive(fds[1], in, 4, NULL), -EMSGSIZE);
    assert_int_equal(dw__message_receive(fds[1], in, sizeof(in), NULL), -EAGAIN);
    int sent = 0;
    while (dw__message_send(fds[0], in, sizeof(in), -1) == 0)
        sent++;
    assert_int_equal(dw__message_send(fds[0], in, sizeof(in), -1), -EAGAIN);
    assert_true(sent > 10);
    close(fds[1]);
    assert_int_equal(dw__message_send(fds[0], in, sizeof(in), -1), -EPIPE);
    assert_int_equal(dw__message_receive(fds[0], in, sizeof(in), NULL), 0);
    close(fds[0]);
}

static int count_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void descriptors_go_along(void **state)
{
    (void)state;
    int fds[2], ends[2], passed;
    char in[16];
    assert_int_equal(dw__socket_pair(fds), DW_OK);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int before = count_descriptors();
    assert_int_equal(dw__message_send(fds[0], "x", 1, ends[1]), 0);
    assert_int_equal(dw__message_receive(fds[1], in, sizeof(in), &passed), 1);
    assert_true(passed >= 0 && (fcntl(passed, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(write(passed, "y", 1), 1);
    assert_int_equal(read(ends[0], in, 1), 1);
    close(passed);

    assert_int_equal(dw__message_send(fds[0], "x", 1, ends[1]), 0); /* not wanted: closed */
    assert_int_equal(dw__message_receive(fds[1], in, sizeof(in), NULL), 1);
    assert_int_equal(count_descriptors(), before);

    assert_int_equal(dw__message_send(fds[0], "long", 4, ends[1]), 0); /* truncated: closed */
    assert_int_equal(dw__message_receive(fds[1], in, 2, &passed), -EMSGSIZE);
    assert_int_equal(passed, -1);
    assert_int_equal(count_descriptors(), before);
    close(ends[0]);
    close(ends[1]);
    close(fds[0]);
    close(fds[1]);
}

/* A sender that is not ours passes more than it should. */
static void send_many(int fd, const int *passed, size_t n)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))] = {0};
    char byte = 'x';
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control};
    message.msg_controllen = CMSG_SPACE(n * sizeof(int));
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(n * sizeof(int));
    memcpy(CMSG_DATA(c), passed, n * sizeof(int));
    assert_int_equal(sendmsg(fd, &message, 0), 1);
}

static void too_many_descriptors_are_refused_and_closed(void **state)
{
    (void)state;
    int fds[2], passed;
    char in[16];
    assert_int_equal(dw__socket_pair(fds), DW_OK);
    int before = count_descriptors();
    for (size_t n = 2; n <= 8; n++) {
        send_many(fds[0], (const int[]){0, 0, 0, 0, 0, 0, 0, 0}, n);
        assert_int_equal(dw__message_receive(fds[1], in, sizeof(in), &passed), -EMSGSIZE);
        assert_int_equal(passed, -1);
        assert_int_equal(count_descriptors(), before);
    }
    close(fds[0]);
    close(fds[1]);
}

static void accepting_can_be_made_to_fail(void **state)
{
    (void)state;
#ifdef DW_FAULTS
    int listener;
    assert_int_equal(dw__listen_tcp(DW_TEXT("127.0.0.1:0"), false, &listener, why), DW_OK);
    int client = connected(listener);
    dw__fault_set(DW__FAULT_ACCEPT, EMFILE, 0, 1);
    assert_int_equal(dw__accept(listener, NULL), -EMFILE);
    int fd = dw__accept(listener, NULL); /* it stayed in the queue */
    assert_true(fd >= 0);
    close(fd);
    close(client);
    close(listener);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_accepted),
        cmocka_unit_test(a_busy_port_is_named),
        cmocka_unit_test(a_bad_address_is_quoted),
        cmocka_unit_test(shared_listeners_notice_a_stranger),
        cmocka_unit_test(unix_sockets),
        cmocka_unit_test(messages_keep_their_bounds),
        cmocka_unit_test(descriptors_go_along),
        cmocka_unit_test(too_many_descriptors_are_refused_and_closed),
        cmocka_unit_test(accepting_can_be_made_to_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
