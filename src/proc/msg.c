/* proc/msg.c -- sending and checking messages of one size. */
#include "proc/msg.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/check.h"
#include "os/socket.h"

_Static_assert(sizeof(struct msg) == 8, "one size, without padding");

struct row {
    uint32_t type;
    unsigned senders;
    bool numbered, has_fd;
};

#define ROW(name, code, senders, numbered, fd) {MSG_##name, senders, numbered, fd},
static const struct row rows[] = {DW__MESSAGES(ROW)};

static const struct row *row_of(uint32_t type)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].type == type)
            return &rows[i];
    return NULL;
}

enum msg_sender dw__msg_sender(enum role role)
{
    return (enum msg_sender)(1u << role);
}

dw_err dw__msg_send(int socket, enum msg_type type, uint32_t number, int fd)
{
    const struct row *row = row_of(type);
    struct msg msg = {type, number};
    int sent;

    DW__CHECK(row != NULL && row->has_fd == (fd >= 0) && (row->numbered || number == 0));
    sent = dw__message_send(socket, &msg, sizeof msg, fd);
    if (sent == 0)
        return DW_OK;
    return sent == -EPIPE || sent == -ECONNRESET ? DW_CANCELED : DW_UNAVAILABLE;
}

dw_err dw__msg_write(int pipe, enum msg_type type, uint32_t number)
{
    const struct row *row = row_of(type);
    struct msg msg = {type, number};
    ssize_t n;

    DW__CHECK(row != NULL && !row->has_fd && (row->numbered || number == 0));
    do
        n = write(pipe, &msg, sizeof msg); /* of less than PIPE_BUF bytes: all or nothing */
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof msg)
        return DW_OK;
    return n < 0 && errno == EPIPE ? DW_CANCELED : DW_UNAVAILABLE;
}

/* NULL, or why `sender` may not have sent this. */
static const char *refuse(const struct msg *msg, enum msg_sender sender, bool has_fd)
{
    const struct row *row = row_of(msg->type);

    if (row == NULL)
        return "a message of unknown type";
    if ((row->senders & sender) == 0)
        return "a message that it may not send";
    if (row->has_fd != has_fd)
        return has_fd ? "a descriptor that nobody asked for" : "a message without its descriptor";
    if (msg->number >= (row->numbered ? DW__MAX_CLIENTS : 1))
        return "a number that is out of range";
    return NULL;
}

/* What n, as a read gives it or -errno, comes to. */
static dw_err judge(ssize_t n, const struct msg *msg, enum msg_sender sender, bool has_fd, const char **why)
{
    *why = NULL;
    if (n == -EAGAIN || n == -EINTR)
        return DW_NOT_FOUND;
    if (n == 0 || (n < 0 && n != -EMSGSIZE))
        return DW_CANCELED;
    if (n != (ssize_t)sizeof *msg)
        *why = "a message of another size";
    else
        *why = refuse(msg, sender, has_fd);
    return *why == NULL ? DW_OK : DW_INVALID;
}

dw_err dw__msg_receive(int socket, enum msg_sender sender, struct msg *out, int *fd, const char **why)
{
    ssize_t n = dw__message_receive(socket, out, sizeof *out, fd);
    dw_err err = judge(n, out, sender, *fd >= 0, why);

    if (err != DW_OK && *fd >= 0) { /* an empty message may have one too */
        (void)close(*fd);
        *fd = -1;
    }
    return err;
}

dw_err dw__msg_read(int pipe, enum msg_sender sender, struct msg *out, const char **why)
{
    ssize_t n = read(pipe, out, sizeof *out);

    return judge(n < 0 ? -errno : n, out, sender, false, why);
}
