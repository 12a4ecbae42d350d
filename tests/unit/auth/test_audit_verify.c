/* Whatever is done to a log shows: an edit, a cut in the middle, another order, a line twice, a forged line; a cut at the end, and a whole log that
 * was made anew, where there are heads; that it begins late, by its first line, or by heads.  And what is no damage is none: a restart, an unfinished line of a process that was killed, files that are not kept, an upgrade. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/audit_verify.h"
#include "base/text.h"

#define LINES 40

static const uint8_t roots[2][DW__AUDIT_KEY] = {{1}, {2}};
static char lines[LINES][1024], heads[DW__AUDIT_CHAINS + 8][512];
static size_t n_lines, n_heads;
static struct audit_chain chain;
static char last_mac[DW__AUDIT_MAC];
static struct audit_verify v;

static void add(const char *event, const char *rest)
{
    struct buf b;

    dw__buf_init_fixed(&b, lines[n_lines], sizeof lines[0] - 1);
    dw__audit_line_begin(&b, &chain, INT64_C(1700000000000) + (int64_t)n_lines * 1000, dw__text_of(event));
    dw__buf_text(&b, dw__text_of(rest));
    assert_int_equal(dw__audit_line_end(&b, 0, &chain, last_mac), DW_OK);
    lines[n_lines++][b.n - 1] = '\0';
}

static void open_chain(const char *id, const char *after, unsigned torn)
{
    char rest[128];

    assert_int_equal(dw__audit_chain_begin(&chain, roots[0], id), DW_OK);
    snprintf(rest, sizeof rest, ",\"after\":\"%s\",\"torn\":%u", after, torn);
    add("audit.opened", rest);
}

static void add_head(void)
{
    char head[DW__AUDIT_MAC], time[DW__AUDIT_TIME];

    dw__audit_time(INT64_C(1700000000000) + (int64_t)n_lines * 1000, time);
    assert_int_equal(dw__audit_chain_head(&chain, (dw_text){time, sizeof time},
                                          (dw_text){last_mac, sizeof last_mac}, head),
                     DW_OK);
    snprintf(heads[n_heads++], sizeof heads[0],
             "{\"event\":\"audit.head\",\"at\":\"%.24s\",\"chain\":\"%.16s\",\"seq\":%llu,\"mac\":\"%.64s\","
             "\"head\":"
             "\"%.64s\"}",
             time, chain.id, (unsigned long long)chain.seq - 1, last_mac, head);
}

/* Two runs: five lines each, with the first and the last. */
static int two_runs(void **state)
{
    (void)state;
    n_lines = n_heads = 0;
    open_chain("aaaaaaaaaaaaaaaa", "nothing", 0);
    for (int i = 0; i < 3; i++)
        add("auth.token_refused", ",\"why\":\"expired\"");
    add("audit.closed", "");
    open_chain("bbbbbbbbbbbbbbbb", "aaaaaaaaaaaaaaaa:4", 0);
    for (int i = 0; i < 3; i++)
        add("limit.exceeded", "");
    add("audit.closed", "");
    return 0;
}

/* DW_OK, or what is wrong in v. */
static dw_err verify(void)
{
    dw_err err = DW_OK;

    dw__audit_verify_init(&v, roots, 2, 1000);
    for (size_t i = 0; i < n_heads; i++)
        dw__audit_verify_heads(&v, dw__text_of(heads[i]));
    for (size_t i = 0; i < n_lines && err == DW_OK; i++)
        err = dw__audit_verify_line(&v, dw__text_of(lines[i]), i == 0);
    return err == DW_OK ? dw__audit_verify_end(&v, 0) : err;
}

static void bad_at(uint64_t number, const char *why)
{
    assert_int_equal(verify(), DW_INVALID);
    v.sentence[v.why.n < sizeof v.sentence ? v.why.n : sizeof v.sentence - 1] = '\0';
    if (strstr(v.sentence, why) == NULL)
        fail_msg("'%s' does not say '%s'", v.sentence, why);
    assert_int_equal(v.bad, number);
}

static void drop(size_t i)
{
    memmove(lines[i], lines[i + 1], (n_lines - i - 1) * sizeof lines[0]);
    n_lines--;
}

static void what_was_written_holds(void **state)
{
    (void)state;
    assert_int_equal(verify(), DW_OK);
    assert_int_equal(v.lines, 10);
    assert_int_equal(v.n_chains, 2);
    assert_int_equal(v.unclosed, 0);
    assert_false(dw__audit_verify_begins_late(&v));
    n_lines = 0;
    assert_int_equal(verify(), DW_OK);
    assert_true(dw__audit_verify_begins_late(&v));
}

static void every_byte_that_is_changed_shows(void **state)
{
    (void)state;
    for (size_t i = 0; lines[2][i] != '\0'; i++) {
        lines[2][i] ^= 1;
        assert_int_equal(verify(), DW_INVALID);
        lines[2][i] ^= 1;
    }
    assert_int_equal(verify(), DW_OK);
    memcpy(strstr(lines[2], "expired"), "EXPIRED", 7);
    bad_at(3, "it was altered");
}

static void a_line_that_is_cut_out_shows(void **state)
{
    (void)state;
    drop(2);
    bad_at(3, "lines 2 to 2 of its chain are missing");
}

static void the_first_lines_that_are_cut_off_show(void **state)
{
    (void)state;
    drop(5); /* of the second chain the first */
    bad_at(6, "the beginning of its chain is missing");
}

static void the_end_of_a_chain_that_is_followed_shows(void **state)
{
    (void)state;
    drop(4);
    drop(3);
    bad_at(4, "lines 3 to 4 of chain aaaaaaaaaaaaaaaa are missing");
}

static void another_order_shows(void **state)
{
    char line[1024];

    (void)state;
    memcpy(line, lines[2], sizeof line);
    memcpy(lines[2], lines[3], sizeof line);
    memcpy(lines[3], line, sizeof line);
    bad_at(3, "missing");
}

static void a_line_twice_shows(void **state)
{
    (void)state;
    memmove(lines[3], lines[2], (n_lines - 2) * sizeof lines[0]);
    n_lines++;
    bad_at(4, "repeated, or moved");
}

static void a_chain_ends_once(void **state)
{
    (void)state;
    n_lines = 5;
    assert_int_equal(dw__audit_chain_begin(&chain, roots[0], "aaaaaaaaaaaaaaaa"), DW_OK);
    while (chain.seq < 5)
        assert_int_equal(dw__audit_chain_step(&chain), DW_OK);
    add("auth.token_refused", "");
    bad_at(6, "behind the end");
}

static void who_has_other_keys_cannot_begin(void **state)
{
    static const uint8_t other[DW__AUDIT_KEY] = {9};

    (void)state;
    n_lines = 5;
    assert_int_equal(dw__audit_chain_begin(&chain, other, "cccccccccccccccc"), DW_OK);
    add("audit.opened", ",\"after\":\"aaaaaaaaaaaaaaaa:4\",\"torn\":0");
    bad_at(6, "not made with these keys");
}

static void an_older_key_is_a_key(void **state)
{
    (void)state;
    n_lines = 5;
    assert_int_equal(dw__audit_chain_begin(&chain, roots[1], "cccccccccccccccc"), DW_OK);
    add("audit.opened", ",\"after\":\"aaaaaaaaaaaaaaaa:4\",\"torn\":0");
    assert_int_equal(verify(), DW_OK);
    assert_int_equal(v.unclosed, 1);
}

/* Who took over the writer has the key of the next line, and cannot go back. */
static void a_later_key_does_not_make_an_earlier_line(void **state)
{
    struct audit_chain stolen;
    char mac[DW__AUDIT_MAC];
    struct audit_line line;

    (void)state;
    assert_int_equal(dw__audit_chain_begin(&stolen, roots[0], "aaaaaaaaaaaaaaaa"), DW_OK);
    while (stolen.seq < 3)
        assert_int_equal(dw__audit_chain_step(&stolen), DW_OK);
    memcpy(strstr(lines[2], "expired"), "nothing", 7);
    assert_true(dw__audit_line_read(dw__text_of(lines[2]), &line));
    assert_int_equal(dw__audit_chain_mac(&stolen, line.sealed, mac), DW_OK);
    memcpy(strstr(lines[2], "\"mac\":\"") + 7, mac, sizeof mac);
    bad_at(3, "it was altered");
}

static void an_unfinished_line_is_told_of(void **state)
{
    (void)state;
    n_lines = 4; /* the first run was killed while it wrote its last */
    snprintf(lines[n_lines++], sizeof lines[0], "{\"time\":\"20");
    open_chain("cccccccccccccccc", "aaaaaaaaaaaaaaaa:3", 11);
    assert_int_equal(verify(), DW_OK);
    assert_int_equal(v.torn, 1);
    lines[4][3] = '\0'; /* not that one */
    bad_at(5, "not a line of an audit log");
}

static void what_is_no_line_is_none(void **state)
{
    (void)state;
    memmove(lines[4], lines[3], (n_lines - 3) * sizeof lines[0]);
    n_lines++;
    snprintf(lines[3], sizeof lines[0], "somebody was here");
    bad_at(4, "not a line of an audit log");
    snprintf(lines[3], sizeof lines[0], "%s", "");
    bad_at(4, "it is empty");
}

static void files_that_are_not_kept_are_not_missed(void **state)
{
    (void)state;
    drop(0);
    drop(0);
    assert_int_equal(verify(), DW_OK);
    assert_int_equal(v.lines, 8);
    assert_true(dw__audit_verify_begins_late(&v));
    assert_int_equal(v.first_seq, 2);
    assert_memory_equal(v.first_chain, "aaaaaaaaaaaaaaaa", DW__AUDIT_ID);
    dw__audit_verify_init(&v, roots, 2, 1); /* it takes two steps to get there */
    assert_int_equal(dw__audit_verify_line(&v, dw__text_of(lines[0]), true), DW_INVALID);
}

static void a_log_that_begins_anew_in_the_middle_shows(void **state)
{
    (void)state;
    n_lines = 5;
    open_chain("cccccccccccccccc", "nothing", 0);
    bad_at(6, "begins a new log in the middle");
}

static void two_that_write_for_a_while_hold(void **state)
{
    struct audit_chain old;
    size_t i;

    (void)state;
    n_lines = 4;
    assert_int_equal(dw__audit_chain_begin(&old, roots[0], "aaaaaaaaaaaaaaaa"), DW_OK);
    while (old.seq < 4)
        assert_int_equal(dw__audit_chain_step(&old), DW_OK);
    open_chain("cccccccccccccccc", "aaaaaaaaaaaaaaaa:2", 0); /* it had read the end a moment before */
    for (i = 0; i < 3; i++) {
        struct audit_chain new = chain;

        add("limit.exceeded", "");
        new = chain;
        chain = old;
        add("limit.exceeded", "");
        old = chain;
        chain = new;
    }
    assert_int_equal(verify(), DW_OK);
    assert_int_equal(v.n_chains, 2);
}

/* ---- heads ---- */

static void the_end_that_is_cut_off_shows_by_its_head(void **state)
{
    (void)state;
    add_head();
    assert_int_equal(verify(), DW_OK);
    n_lines--;
    bad_at(0, "has a line 4, and 3 is the last");
    n_heads = 0;
    assert_int_equal(verify(), DW_OK); /* without it nobody can tell */
}

static void a_whole_run_that_is_gone_shows(void **state)
{
    (void)state;
    add_head();
    n_lines = 5;
    bad_at(0, "chain bbbbbbbbbbbbbbbb, of which there is a head");
}

static void the_newest_head_counts(void **state)
{
    (void)state;
    n_lines = 5;
    open_chain("cccccccccccccccc", "aaaaaaaaaaaaaaaa:4", 0);
    add_head();
    add("limit.exceeded", "");
    add_head();
    assert_int_equal(verify(), DW_OK);
    assert_int_equal(v.n_heads, 1);
    n_lines--;
    bad_at(0, "the end is missing");
}

static void a_head_of_another_line_shows(void **state)
{
    char *mac;

    (void)state;
    add_head();
    mac = strstr(heads[0], "\"mac\":\"") + 7;
    *mac = *mac == '0' ? '1' : '0';
    bad_at(10, "is not one of this line");
}

static void heads_of_files_that_are_not_kept_are_not_missed(void **state)
{
    (void)state;
    n_lines = 0;
    open_chain("aaaaaaaaaaaaaaaa", "nothing", 0);
    add_head();
    add("limit.exceeded", "");
    open_chain("cccccccccccccccc", "aaaaaaaaaaaaaaaa:1", 0);
    drop(0);
    drop(0);
    assert_int_equal(verify(), DW_OK);
    assert_int_equal(v.dismissed, 1);
    assert_true(dw__audit_verify_begins_late(&v));
}

/* Who has the keys of data makes a log that says that nothing was before it. */
static void a_whole_log_that_was_made_anew_is_told_of(void **state)
{
    (void)state;
    add_head();
    n_lines = 11; /* its place decides its time */
    open_chain("cccccccccccccccc", "nothing", 0);
    memcpy(lines[0], lines[11], sizeof lines[0]);
    n_lines = 1;
    assert_int_equal(verify(), DW_OK);
    assert_true(v.begins);
    assert_int_equal(v.dismissed, 1);
    assert_true(dw__audit_verify_begins_late(&v));
}

static void forge_head(const char *time, const char *id, unsigned long long seq)
{
    char hex[DW__AUDIT_MAC + 1];

    memset(hex, 'f', sizeof hex);
    hex[DW__AUDIT_MAC] = '\0';
    snprintf(heads[n_heads++], sizeof heads[0],
             "{\"event\":\"audit.head\",\"at\":\"%s\",\"chain\":\"%s\",\"seq\":%llu,\"mac\":\"%s\",\"head\":"
             "\"%s\"}",
             time, id, seq, hex, hex);
}

/* A head of an old time about a chain that is gone does not make it one of a file that is not kept. */
static void a_forged_head_does_not_make_a_chain_older(void **state)
{
    (void)state;
    add_head();
    forge_head("2001-01-01T00:00:00.000Z", "bbbbbbbbbbbbbbbb", 999);
    n_lines = 5;
    bad_at(0, "chain bbbbbbbbbbbbbbbb, of which there is a head");
}

static void forged_heads_do_not_displace_a_later_one(void **state)
{
    (void)state;
    add_head();
    for (unsigned i = 0; i < DW__AUDIT_CHAINS + 4; i++) {
        char id[DW__AUDIT_ID + 1];

        snprintf(id, sizeof id, "%016x", i);
        forge_head("2001-01-01T00:00:00.000Z", id, 1);
    }
    assert_int_equal(verify(), DW_OK);
    assert_true(dw__audit_verify_begins_late(&v));
    n_lines--;
    bad_at(0, "has a line 4, and 3 is the last");
}

/* ---- files that follow each other ---- */

/* One chain over two files: lines 0 to 4, the last ends the file, and 5 to 7. */
static int two_files(void **state)
{
    char rest[256];

    (void)state;
    n_lines = n_heads = 0;
    open_chain("aaaaaaaaaaaaaaaa", "nothing", 0);
    for (int i = 0; i < 3; i++)
        add("limit.exceeded", "");
    add("audit.file_ended", "");
    snprintf(rest, sizeof rest,
             ",\"after\":\"aaaaaaaaaaaaaaaa:4\",\"torn\":0,\"file\":\"a.log.1\",\"last_mac\":\"%.64s\"",
             last_mac);
    add("audit.rotated", rest);
    add("limit.exceeded", "");
    add("audit.closed", "");
    return 0;
}

static dw_err verify_range(size_t from, size_t to)
{
    dw_err err = DW_OK;

    dw__audit_verify_init(&v, roots, 2, 1000);
    for (size_t i = from; i < to && err == DW_OK; i++)
        err = dw__audit_verify_line(&v, dw__text_of(lines[i]), i == from || i == 5);
    return err == DW_OK ? dw__audit_verify_end(&v, 0) : err;
}

static void a_chain_goes_over_files(void **state)
{
    (void)state;
    assert_int_equal(verify_range(0, n_lines), DW_OK);
    assert_false(dw__audit_verify_begins_late(&v));
    assert_int_equal(verify_range(5, n_lines), DW_OK); /* the older file is not kept */
    assert_true(dw__audit_verify_begins_late(&v));
}

static void a_file_that_ended_is_followed_by_another(void **state)
{
    (void)state;
    assert_int_equal(verify_range(0, 5), DW_INVALID);
    assert_non_null(strstr(v.sentence, "another file follows, and that is missing"));
    assert_int_equal(verify_range(0, 4), DW_OK); /* without heads nobody can tell */
}

static void a_file_between_that_is_missing_is_named(void **state)
{
    (void)state;
    dw__audit_verify_init(&v, roots, 2, 1000);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(dw__audit_verify_line(&v, dw__text_of(lines[i]), i == 0), DW_OK);
    assert_int_equal(dw__audit_verify_line(&v, dw__text_of(lines[5]), true), DW_INVALID);
    assert_non_null(strstr(v.sentence, "lines 2 to 4 of its chain are missing: file a.log.1"));
}

static void nothing_stands_behind_the_end_of_a_file(void **state)
{
    (void)state;
    n_lines = 0;
    open_chain("aaaaaaaaaaaaaaaa", "nothing", 0);
    add("audit.file_ended", "");
    add("limit.exceeded", "");
    assert_int_equal(verify_range(0, n_lines), DW_INVALID);
    assert_int_equal(v.bad, 3);
}

/* A writer that was killed between the two: its successor names the line, and its MAC. */
static void what_a_successor_follows_is_that_line(void **state)
{
    char rest[256], mac[65];
    size_t n;

    (void)state;
    n_lines = 5;
    n = n_lines;
    for (int wrong = 0; wrong < 2; wrong++) {
        n_lines = n;
        assert_int_equal(dw__audit_line_read(dw__text_of(lines[4]), &(struct audit_line){0}), true);
        snprintf(mac, sizeof mac, "%.64s", strstr(lines[4], "\"mac\":\"") + 7);
        if (wrong)
            mac[5] = mac[5] == 'a' ? 'b' : 'a';
        assert_int_equal(dw__audit_chain_begin(&chain, roots[0], "bbbbbbbbbbbbbbbb"), DW_OK);
        snprintf(rest, sizeof rest,
                 ",\"after\":\"aaaaaaaaaaaaaaaa:4\",\"torn\":0,\"file\":\"a.log.1\",\"last_mac\":\"%s\"",
                 mac);
        add("audit.opened", rest);
        assert_int_equal(verify_range(0, n_lines), wrong ? DW_INVALID : DW_OK);
    }
    assert_non_null(strstr(v.sentence, "it follows another line"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_written_holds, two_runs),
        cmocka_unit_test_setup(every_byte_that_is_changed_shows, two_runs),
        cmocka_unit_test_setup(a_line_that_is_cut_out_shows, two_runs),
        cmocka_unit_test_setup(the_first_lines_that_are_cut_off_show, two_runs),
        cmocka_unit_test_setup(the_end_of_a_chain_that_is_followed_shows, two_runs),
        cmocka_unit_test_setup(another_order_shows, two_runs),
        cmocka_unit_test_setup(a_line_twice_shows, two_runs),
        cmocka_unit_test_setup(a_chain_ends_once, two_runs),
        cmocka_unit_test_setup(who_has_other_keys_cannot_begin, two_runs),
        cmocka_unit_test_setup(an_older_key_is_a_key, two_runs),
        cmocka_unit_test_setup(a_later_key_does_not_make_an_earlier_line, two_runs),
        cmocka_unit_test_setup(an_unfinished_line_is_told_of, two_runs),
        cmocka_unit_test_setup(what_is_no_line_is_none, two_runs),
        cmocka_unit_test_setup(files_that_are_not_kept_are_not_missed, two_runs),
        cmocka_unit_test_setup(a_log_that_begins_anew_in_the_middle_shows, two_runs),
        cmocka_unit_test_setup(two_that_write_for_a_while_hold, two_runs),
        cmocka_unit_test_setup(the_end_that_is_cut_off_shows_by_its_head, two_runs),
        cmocka_unit_test_setup(a_whole_run_that_is_gone_shows, two_runs),
        cmocka_unit_test_setup(the_newest_head_counts, two_runs),
        cmocka_unit_test_setup(a_head_of_another_line_shows, two_runs),
        cmocka_unit_test_setup(heads_of_files_that_are_not_kept_are_not_missed, two_runs),
        cmocka_unit_test_setup(a_whole_log_that_was_made_anew_is_told_of, two_runs),
        cmocka_unit_test_setup(a_forged_head_does_not_make_a_chain_older, two_runs),
        cmocka_unit_test_setup(forged_heads_do_not_displace_a_later_one, two_runs),
        cmocka_unit_test_setup(a_chain_goes_over_files, two_files),
        cmocka_unit_test_setup(a_file_that_ended_is_followed_by_another, two_files),
        cmocka_unit_test_setup(a_file_between_that_is_missing_is_named, two_files),
        cmocka_unit_test_setup(nothing_stands_behind_the_end_of_a_file, two_files),
        cmocka_unit_test_setup(what_a_successor_follows_is_that_line, two_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
