/* store_author.h -- another process that writes, and puts the log into the database, when it is told to. */
#ifndef TESTS_UNIT_STORE_AUTHOR_H
#define TESTS_UNIT_STORE_AUTHOR_H

#include "store_fixture.h"

#include <sys/wait.h>

#include "store/sqlite.h"

/* 'n' writes a note, 't' begins the log anew. */
struct author {
    pid_t pid;
    int in, out;
};

static inline bool author_truncates(struct fixture *f)
{
    char trouble[DW__SQL_TROUBLE];

    return dw__sqlite_exec(f->h, "PRAGMA busy_timeout=0", NULL, 0, trouble) == DW_OK &&
           dw__sqlite_exec(f->h, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, 0, trouble) == DW_OK;
}

static inline void author_works(struct fixture *f, int in, int out)
{
    char command, answer;

    fixture_open(f, SQL_READ_WRITE);
    fixture_direct(f);
    if (write(out, "r", 1) != 1)
        _exit(1);
    for (size_t i = 0; read(in, &command, 1) == 1; i++) {
        note_in note = {.title = dw_format(&f->ctx, "note %zu", i)};

        if (command == 't')
            answer = author_truncates(f) ? 'y' : 'n';
        else
            answer = DW_EXEC(&f->ctx, note_put, &note, NULL) == DW_OK ? 'y' : 'n';
        if (write(out, &answer, 1) != 1)
            _exit(1);
    }
    _exit(0);
}

/* Before this process opens the database or starts a thread. */
static inline void author_start(struct author *a, struct fixture *f)
{
    int in[2], out[2];
    char ready;

    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    a->pid = fork();
    if (a->pid == 0) {
        close(in[1]);
        close(out[0]);
        author_works(f, in[0], out[1]);
    }
    close(in[0]);
    close(out[1]);
    a->in = in[1];
    a->out = out[0];
    assert_int_equal(read(a->out, &ready, 1), 1);
}

static inline void author_end(struct author *a)
{
    int status;

    close(a->in);
    close(a->out);
    assert_int_equal(waitpid(a->pid, &status, 0), a->pid);
}

/* Has it done what `command` says; 'y' when it could. */
static inline char author_tell(struct author *a, char command)
{
    char answer = 0;

    assert_int_equal(write(a->in, &command, 1), 1);
    assert_int_equal(read(a->out, &answer, 1), 1);
    return answer;
}

#endif
