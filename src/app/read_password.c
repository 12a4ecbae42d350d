/* app/read_password.c -- a password for a command, from whoever sits there or from a pipe.
 *
 * While it is typed the terminal shows nothing and raises no signals: so there is no way out of here that leaves it silent. Ctrl-C and Ctrl-D are read as
 * what they are, and end it. */
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "base/ctx.h"
#include "codec/utf8.h"
#include "crypto/compare.h"
#include "crypto/password.h"
#include <dw/command.h>

#define CTRL_C 3
#define CTRL_D 4

struct line {
    size_t n;
    bool ended, canceled, too_long;
    char p[DW__PASSWORD_MAX];
};

/* Byte by byte, since what stands behind the line is not ours to take. */
static void read_line(struct line *line, bool terminal)
{
    char c;

    line->n = 0;
    line->ended = line->canceled = line->too_long = false;
    while (!line->ended && read(STDIN_FILENO, &c, 1) == 1) {
        if (terminal && c == CTRL_C)
            line->canceled = true;
        if (c == '\n' || line->canceled || (terminal && (c == '\r' || c == CTRL_D)))
            line->ended = true;
        else if (line->n < sizeof(line->p))
            line->p[line->n++] = c;
        else
            line->too_long = true;
    }
    if (!terminal && line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
}

static void ask(const char *prompt, struct line *line)
{
    (void)fprintf(stderr, "%s: ", prompt);
    read_line(line, true);
    (void)fputc('\n', stderr);
}

/* Asks twice; false when the two are not the same. */
static bool ask_twice(const char *prompt, struct line *line)
{
    struct termios before, silent;
    struct line again;
    bool same = true;

    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return false;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
    silent.c_cc[VEOL] = CTRL_C; /* else it would wait for the end of the line */
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0)
        return false;
    ask(prompt, line);
    if (!line->canceled) {
        ask("once more", &again);
        same = !again.canceled && dw__secret_eq((dw_secret){line->p, line->n}, (dw_secret){again.p, again.n});
    }
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    dw__wipe(&again, sizeof(again));
    return same;
}

static const char *trouble_of(const struct line *line, bool same)
{
    if (line->canceled)
        return "no password was given";
    if (!same)
        return "these are two different passwords, or the terminal cannot be made silent";
    if (line->n == 0)
        return "a password is read from the terminal or the next line of standard input, and there is none";
    if (line->too_long || !dw__utf8_valid_text(line->p, line->n))
        return "that is no password: it is too long, or no UTF-8";
    return NULL;
}

dw_err dw_read_password(dw_ctx *ctx, const char *prompt, dw_secret *password)
{
    struct line line = {0};
    bool same = true;
    dw_text kept = {NULL, 0};
    const char *trouble;

    if (isatty(STDIN_FILENO))
        same = ask_twice(prompt, &line);
    else
        read_line(&line, false);
    trouble = trouble_of(&line, same);
    if (trouble == NULL)
        kept = dw__arena_text(ctx->arena, (dw_text){line.p, line.n});
    dw__wipe(&line, sizeof(line));
    *password = (dw_secret){kept.p, kept.n};
    if (trouble != NULL) {
        (void)fprintf(stderr, "%s\n", trouble);
        return DW_BAD_REQUEST;
    }
    return kept.p != NULL ? DW_OK : DW_UNAVAILABLE;
}
