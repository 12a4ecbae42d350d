/* Messages between monitor and children: what passes, and what is refused with its reason. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/socket.h"
#include "proc/msg.h"

static int ends[2];

static int set_up(void **state)
{
    (void)state;
    return dw__socket_pair(ends) == DW_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static int free_descriptor(void)
{
    int fd = dup(ends[0]);

    close(fd);
    return fd;
}

/* What comes out at the other end when these bytes (and a descriptor) are put in. */
static void refused(const void *bytes, size_t n, int passed, enum msg_sender sender, const char *expected)
{
    struct msg msg;
    const char *why = NULL;
    int fd = 12345, free_before = free_descriptor();

    assert_int_equal(dw__message_send(ends[0], bytes, n, passed), 0);
    assert_int_equal(dw__msg_receive(ends[1], sender, &msg, &fd, &why), DW_INVALID);
    assert_string_equal(why, expected);
    assert_int_equal(fd, -1);
    assert_int_equal(free_descriptor(), free_before); /* what came was closed */
}

static void a_message_passes(void **state)
{
    struct msg msg;
    const char *why;
    int fd;

    (void)state;
    assert_int_equal(dw__msg_send(ends[0], MSG_READY, 0, -1), DW_OK);
    assert_int_equal(dw__msg_receive(ends[1], SENT_BY_WORKER, &msg, &fd, &why), DW_OK);
    assert_int_equal(msg.type, MSG_READY);
    assert_int_equal(fd, -1);
    assert_int_equal(dw__msg_send(ends[1], MSG_ADOPT, 63, -1), DW_OK);
    assert_int_equal(dw__msg_receive(ends[0], SENT_BY_MONITOR, &msg, &fd, &why), DW_OK);
    assert_int_equal(msg.number, 63);
    assert_int_equal(dw__msg_receive(ends[0], SENT_BY_MONITOR, &msg, &fd, &why), DW_NOT_FOUND);
}

static void a_descriptor_passes(void **state)
{
    struct msg msg;
    const char *why;
    int fd, null = open("/dev/null", O_WRONLY);

    (void)state;
    assert_int_equal(dw__msg_send(ends[0], MSG_LOG, 0, null), DW_OK);
    close(null);
    assert_int_equal(dw__msg_receive(ends[1], SENT_BY_MONITOR, &msg, &fd, &why), DW_OK);
    assert_int_equal(msg.type, MSG_LOG);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
}

static void foul_messages_are_refused(void **state)
{
    struct msg msg = {0, 0};
    uint8_t long_one[9] = {1};

    (void)state;
    refused(&msg, sizeof msg, -1, SENT_BY_WORKER, "a message of unknown type");
    msg.type = 0xffffffff;
    refused(&msg, sizeof msg, -1, SENT_BY_MONITOR, "a message of unknown type");
    msg.type = MSG_READY;
    refused(&msg, sizeof msg - 1, -1, SENT_BY_WORKER, "a message of another size");
    refused(&msg, 1, -1, SENT_BY_WORKER, "a message of another size");
    refused(long_one, sizeof long_one, -1, SENT_BY_WORKER, "a message of another size");
    refused(&msg, sizeof msg, ends[0], SENT_BY_WORKER, "a descriptor that nobody asked for");
    msg.number = 1;
    refused(&msg, sizeof msg, -1, SENT_BY_WORKER, "a number that is out of range");
    msg = (struct msg){MSG_ADOPT, DW__MAX_CLIENTS};
    refused(&msg, sizeof msg, -1, SENT_BY_MONITOR, "a number that is out of range");
    msg = (struct msg){MSG_LOG, 0};
    refused(&msg, sizeof msg, -1, SENT_BY_MONITOR, "a message without its descriptor");
}

/* An empty message looks like the end; what comes with it is closed all the same. */
static void a_descriptor_with_an_empty_message(void **state)
{
    struct msg msg;
    const char *why = NULL;
    int fd = 12345, free_before = free_descriptor();
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    const struct msghdr empty = {.msg_control = &control, .msg_controllen = sizeof control};

    (void)state;
    memcpy(CMSG_DATA(&control.head), &ends[0], sizeof(int));
    assert_int_equal(sendmsg(ends[0], &empty, 0), 0);
    assert_int_equal(dw__msg_receive(ends[1], SENT_BY_PROBE, &msg, &fd, &why), DW_CANCELED);
    assert_int_equal(fd, -1);
    assert_int_equal(free_descriptor(), free_before);
}

static void a_pipe_carries_messages(void **state)
{
    struct msg msg;
    const char *why;
    int pipe[2];

    (void)state;
    assert_int_equal(dw__pipe_new(pipe), DW_OK);
    assert_int_equal(dw__msg_read(pipe[0], SENT_BY_STORE, &msg, &why), DW_NOT_FOUND);
    assert_int_equal(dw__msg_write(pipe[1], MSG_READY, 0), DW_OK);
    assert_int_equal(dw__msg_write(pipe[1], MSG_BLAME, 63), DW_OK);
    assert_int_equal(dw__msg_read(pipe[0], SENT_BY_STORE, &msg, &why), DW_OK);
    assert_int_equal(msg.type, MSG_READY);
    assert_int_equal(dw__msg_read(pipe[0], SENT_BY_STORE, &msg, &why), DW_OK);
    assert_int_equal(msg.type, MSG_BLAME);
    assert_int_equal(msg.number, 63);
    assert_int_equal(dw__msg_write(pipe[1], MSG_BLAME, 1), DW_OK);
    assert_int_equal(dw__msg_read(pipe[0], SENT_BY_WORKER, &msg, &why), DW_INVALID);
    assert_string_equal(why, "a message that it may not send");
    assert_int_equal(write(pipe[1], &msg, sizeof msg - 1), sizeof msg - 1);
    assert_int_equal(dw__msg_read(pipe[0], SENT_BY_STORE, &msg, &why), DW_INVALID);
    assert_string_equal(why, "a message of another size");
    close(pipe[1]);
    assert_int_equal(dw__msg_read(pipe[0], SENT_BY_STORE, &msg, &why), DW_CANCELED);
    close(pipe[0]);
}

static void a_pipe_without_room_or_reader(void **state)
{
    dw_err err = DW_OK;
    int pipe[2];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(dw__pipe_new(pipe), DW_OK);
    for (unsigned i = 0; i < 100000 && err == DW_OK; i++)
        err = dw__msg_write(pipe[1], MSG_READY, 0);
    assert_int_equal(err, DW_UNAVAILABLE);
    close(pipe[0]);
    assert_int_equal(dw__msg_write(pipe[1], MSG_READY, 0), DW_CANCELED);
    close(pipe[1]);
}

static void an_end_that_only_sends(void **state)
{
    struct msg msg = {MSG_READY, 0};
    const char *why;
    int fd;

    (void)state;
    assert_true(dw__socket_only_sends(ends[0]));
    assert_int_equal(dw__message_send(ends[1], &msg, sizeof msg, ends[1]), -EPIPE);
    assert_int_equal(dw__msg_send(ends[0], MSG_DRAIN, 1, -1), DW_OK);
    assert_int_equal(dw__msg_receive(ends[1], SENT_BY_MONITOR, &msg, &fd, &why), DW_OK);
    assert_int_equal(msg.type, MSG_DRAIN);
}

/* Each type from each sender: only what the table allows. */
static void only_the_right_sender(void **state)
{
    static const struct {
        enum msg_type type;
        unsigned senders;
    } rows[] = {{MSG_READY, SENT_BY_STORE | SENT_BY_WORKER | SENT_BY_PROBE | SENT_BY_KEEPER},
                {MSG_ALIVE, SENT_BY_WORKER | SENT_BY_KEEPER},
                {MSG_WATCH, SENT_BY_MONITOR},
                {MSG_REFUSED, SENT_BY_PROBE},
                {MSG_BLAME, SENT_BY_STORE | SENT_BY_KEEPER},
                {MSG_DRAIN, SENT_BY_MONITOR},
                {MSG_ADOPT, SENT_BY_MONITOR},
                {MSG_GIVE_UP, SENT_BY_MONITOR},
                {MSG_STORE_DOWN, SENT_BY_MONITOR},
                {MSG_STORE_UP, SENT_BY_MONITOR},
                {MSG_KEEPER_UP, SENT_BY_MONITOR},
                {MSG_LOG, SENT_BY_MONITOR}};
    static const enum msg_sender senders[] = {SENT_BY_MONITOR, SENT_BY_STORE, SENT_BY_WORKER, SENT_BY_PROBE,
                                              SENT_BY_KEEPER};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof senders / sizeof *senders; k++) {
            struct msg msg = {rows[i].type, 0}, got;
            int passed = rows[i].type == MSG_LOG ? ends[0] : -1, fd;
            const char *why;

            if ((rows[i].senders & senders[k]) == 0) {
                refused(&msg, sizeof msg, passed, senders[k], "a message that it may not send");
                continue;
            }
            assert_int_equal(dw__message_send(ends[0], &msg, sizeof msg, passed), 0);
            assert_int_equal(dw__msg_receive(ends[1], senders[k], &got, &fd, &why), DW_OK);
            if (fd >= 0)
                close(fd);
        }
    assert_int_equal(dw__msg_sender(ROLE_STORE), SENT_BY_STORE);
    assert_int_equal(dw__msg_sender(ROLE_WORKER), SENT_BY_WORKER);
    assert_int_equal(dw__msg_sender(ROLE_JOBS), SENT_BY_JOBS);
    assert_int_equal(dw__msg_sender(ROLE_KEEPER), SENT_BY_KEEPER);
}

static void the_other_end_is_gone(void **state)
{
    struct msg msg;
    const char *why;
    int fd;

    (void)state;
    close(ends[0]);
    assert_int_equal(dw__msg_receive(ends[1], SENT_BY_MONITOR, &msg, &fd, &why), DW_CANCELED);
    assert_int_equal(dw__msg_send(ends[1], MSG_READY, 0, -1), DW_CANCELED);
    ends[0] = dup(ends[1]);
}

static void a_receiver_that_does_not_read(void **state)
{
    dw_err err = DW_OK;

    (void)state;
    for (unsigned i = 0; i < 100000 && err == DW_OK; i++)
        err = dw__msg_send(ends[0], MSG_DRAIN, 0, -1);
    assert_int_equal(err, DW_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_passes),
        TEST(a_descriptor_passes),
        TEST(foul_messages_are_refused),
        TEST(only_the_right_sender),
        TEST(the_other_end_is_gone),
        TEST(a_receiver_that_does_not_read),
        TEST(a_descriptor_with_an_empty_message),
        TEST(a_pipe_carries_messages),
        TEST(a_pipe_without_room_or_reader),
        TEST(an_end_that_only_sends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
