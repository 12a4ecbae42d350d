/* coffer/user_import.c -- `coffer user import users.csv`: accounts from elsewhere, with the hashes that they have.
 *
 * All or nothing: every line is judged first, and each that is not good is named; one is enough for nothing to happen. Who is there already is left
 * as they are, so that the same file may be given again. */
#include <stdio.h>
#include <string.h>

#include "user_command.h"

#define FILE_MAX ((size_t)64 << 20)
#define COLUMNS 4

enum column { NAME, EMAIL, HASH, ROLES };

DW_SCHEMA(user_last, (int64_t, account));
DW_QUERY(user_newest, dw_nothing, user_last, "SELECT coalesce(max(id), 0) AS account FROM users");

struct import {
    dw_ctx *ctx;
    const char *path;
    int64_t newest;                /* account before the first line */
    size_t at[COLUMNS], n_columns; /* where each column stands; ROLES may be missing: n_columns */
    size_t bad, added, there;
    bool write; /* the second time over */
};

/* ---- the file ---- */

/* Twice as much room each time it is full; what was there before is wiped with the context. */
static dw_err read_stream(dw_ctx *ctx, FILE *file, dw_text *out)
{
    size_t room = (size_t)1 << 16, n = 0, got;
    char *p = dw_alloc(ctx, room), *more;

    while (p != NULL && (got = fread(p + n, 1, room - n, file)) > 0) {
        n += got;
        if (n < room)
            continue;
        if (room >= FILE_MAX || (more = dw_alloc(ctx, room * 2)) == NULL)
            return DW_TOO_LARGE;
        memcpy(more, p, n);
        p = more;
        room *= 2;
    }
    *out = (dw_text){p, n};
    return p == NULL ? DW_UNAVAILABLE : ferror(file) ? DW_BAD_REQUEST : DW_OK;
}

static dw_err read_file(dw_ctx *ctx, const char *path, dw_text *out)
{
    FILE *file = fopen(path, "re");
    dw_err err;

    if (file == NULL) {
        perror(path);
        return DW_BAD_REQUEST;
    }
    err = read_stream(ctx, file, out);
    (void)fclose(file);
    if (err != DW_OK)
        (void)fprintf(stderr, "%s: it cannot be read, or is larger than %zu MiB\n", path, FILE_MAX >> 20);
    return err;
}

/* ---- its columns ---- */

static bool find_column(const dw_text *fields, size_t n, const char *name, size_t *at)
{
    for (*at = 0; *at < n; (*at)++)
        if (dw_text_eq(fields[*at], (dw_text){name, strlen(name)}))
            return true;
    return false;
}

static dw_err read_header(struct import *in, dw_csv *csv)
{
    dw_text fields[COLUMNS];
    size_t n = 0;
    dw_err err = dw_csv_next(in->ctx, csv, fields, COLUMNS, &n);
    const bool roles = find_column(fields, n, "roles", &in->at[ROLES]);

    in->n_columns = n;
    if (err == DW_OK && find_column(fields, n, "username", &in->at[NAME]) &&
        find_column(fields, n, "email", &in->at[EMAIL]) &&
        find_column(fields, n, "password_hash", &in->at[HASH]) && n == (roles ? COLUMNS : COLUMNS - 1))
        return DW_OK;
    (void)fprintf(stderr, "%s:1: the first line names the columns: username,email,password_hash,roles\n",
                  in->path);
    return DW_BAD_REQUEST;
}

/* ---- its lines ---- */

static dw_err refuse(struct import *in, const dw_csv *csv, const char *why)
{
    (void)fprintf(stderr, "%s:%zu: %s\n", in->path, csv->line, why);
    in->bad++;
    return DW_OK;
}

static const char *user_of(const struct import *in, const dw_text *fields, size_t n, user_new *user)
{
    const char *why = NULL;

    if (n != in->n_columns)
        return "there are fewer fields than columns";
    *user = (user_new){.username = fields[in->at[NAME]],
                       .email = fields[in->at[EMAIL]],
                       .password_hash = fields[in->at[HASH]],
                       .roles = INT64_C(1) << role_viewer};
    if ((why = coffer_username_fault(user->username)) != NULL)
        return why;
    if (!dw_email_valid(user->email))
        return "the email is no address";
    if (in->at[ROLES] < n && fields[in->at[ROLES]].n > 0 &&
        !coffer_roles_read(fields[in->at[ROLES]], &user->roles))
        return "roles are viewer, editor and admin, with spaces between them; without any it is viewer";
    (void)dw_password_hash_ok(user->password_hash, &why);
    return why;
}

/* Judges a line against who is there. Where it is the same account, nothing is to be done. */
static dw_err judge(struct import *in, const dw_csv *csv, const user_new *user)
{
    account_row other = {0};
    dw_err err = coffer_account_of_name(in->ctx, user->username, &other);

    if (err != DW_NOT_FOUND)
        return err;
    err = coffer_account_of_address(in->ctx, user->email, &other);
    if (err == DW_OK)
        return refuse(in, csv, "the email is the address of another account");
    return err == DW_NOT_FOUND ? DW_OK : err;
}

/* Adds who is not there. What was judged good and still does not fit is on two lines of the file. */
static dw_err add(struct import *in, const dw_csv *csv, user_new *user)
{
    account_row other = {0};
    dw_err err = coffer_account_of_name(in->ctx, user->username, &other);

    if (err == DW_OK && other.account > in->newest)
        return refuse(in, csv, "another line has the same username");
    if (err == DW_OK)
        in->there++;
    if (err != DW_NOT_FOUND)
        return err;
    err = coffer_user_insert(in->ctx, user);
    if (err == DW_NOT_FOUND)
        return refuse(in, csv, "another line has the same email");
    in->added += err == DW_OK;
    return err;
}

static dw_err take_line(struct import *in, dw_csv *csv)
{
    dw_text fields[COLUMNS];
    user_new user;
    size_t n;
    const char *why;
    dw_err err = dw_csv_next(in->ctx, csv, fields, COLUMNS, &n);

    if (err == DW_MALFORMED)
        return refuse(in, csv, csv->trouble);
    if (err != DW_OK)
        return err;
    if ((why = user_of(in, fields, n, &user)) != NULL)
        return refuse(in, csv, why);
    return in->write ? add(in, csv, &user) : judge(in, csv, &user);
}

/* Some programs put a mark (U+FEFF) before the text. */
static dw_text without_mark(dw_text text)
{
    return text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0 ? (dw_text){text.p + 3, text.n - 3} : text;
}

static dw_err go_over(struct import *in, dw_text text)
{
    dw_csv csv = {.text = without_mark(text)};
    dw_err err = read_header(in, &csv);

    while (err == DW_OK)
        err = take_line(in, &csv);
    if (err == DW_NOT_FOUND)
        err = DW_OK;
    return err == DW_OK && in->bad > 0 ? DW_INVALID : err;
}

dw_err coffer_user_import(dw_ctx *ctx, const char *path)
{
    struct import in = {.ctx = ctx, .path = path};
    const dw_nothing nothing = {0};
    user_last last = {0};
    dw_text text;
    dw_err err = read_file(ctx, path, &text);

    if (err == DW_OK)
        err = DW_ONE(ctx, user_newest, &nothing, &last);
    if (err == DW_OK)
        err = go_over(&in, text);
    if (err == DW_OK) {
        in.write = true;
        in.newest = last.account;
        DW_TX(ctx, &err)
        {
            err = go_over(&in, text);
        }
    }
    if (in.bad > 0)
        (void)fprintf(stderr, "%s: %zu %s not good; nobody was added\n", path, in.bad,
                      in.bad == 1 ? "line is" : "lines are");
    if (err == DW_OK)
        printf("%zu accounts added, %zu were there already\n", in.added, in.there);
    return err;
}
