/* test_order.c -- pages in a declared order: none skipped, none doubled, and cursors that were made up. */
#include "store_fixture.h"

#include "codec/base64.h"

#include <dw/order.h>

DW_SCHEMA(tune_key, (dw_text, mood, .optional = true), (int64_t, after_id), (dw_text, after_title), (int64_t, after_stars), (int64_t, n));
DW_SCHEMA(tune, (int64_t, id), (dw_text, title), (int64_t, stars));
DW_PAGE(tune_page, tune);
DW_ORDERED(tunes, tune_key, tune, "SELECT id, title, stars FROM notes WHERE (:mood IS NULL OR memo = :mood)",
           id, title, stars);

DW_SCHEMA(maybe, (int64_t, id), (dw_text, memo, .nullable = true));
DW_SCHEMA(maybe_key, (int64_t, after_id), (dw_text, after_memo), (int64_t, n));
DW_ORDERED(maybes, maybe_key, maybe, "SELECT id, memo FROM notes WHERE 1", id, memo);

#define TUNES 50

static int set_up(void **state)
{
    static const dw_query *queries[NOTE_QUERIES + 12];
    static struct fixture f;
    size_t n = 0;

    *state = &f;
    fixture_init(&f);
    dw__sql_inventory_free(f.inv);
    for (size_t i = 0; i < NOTE_QUERIES; i++)
        queries[n++] = note_queries[i];
    for (size_t i = 0; i < tunes.n; i++) {
        queries[n++] = tunes.orders[i].first;
        queries[n++] = tunes.orders[i].next;
    }
    fixture_ok(&f, dw__sql_inventory_new(&f.inv, queries, queries + n, &f.why));
    fixture_open(&f, SQL_MEMORY);
    fixture_direct(&f);
    for (int64_t i = 0; i < TUNES; i++) {
        const note_in note = {
            .title = dw_format(&f.ctx, "%lld:.- of %lld", (long long)(i * 7 % TUNES), (long long)i),
            .stars = i % 5,
            .memo = i % 2 ? DW_TEXT("sad") : DW_TEXT("glad"),
            .has.memo = true};

        fixture_ok(&f, DW_EXEC(&f.ctx, note_put, &note, NULL));
    }
    return 0;
}

static int tear_down(void **state)
{
    fixture_release(*state);
    return 0;
}

/* Whether b may stand behind a. */
static bool in_order(const char *word, const tune *a, const tune *b)
{
    bool down = word[0] == '-';
    const tune *x = down ? b : a, *y = down ? a : b;
    size_t n = x->title.n < y->title.n ? x->title.n : y->title.n;
    int titles = memcmp(x->title.p, y->title.p, n);

    switch (word[down]) {
    case 'i': return x->id < y->id;
    case 't': return titles < 0 || (titles == 0 && x->title.n < y->title.n);
    default: return x->stars < y->stars || (x->stars == y->stars && x->id < y->id);
    }
}

static void pages_hold_each_row_once(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < tunes.n; i++) {
        const char *word = tunes.orders[i].word;
        dw_text sort = {word, strlen(word)}, cursor = {0};
        tune before = {0};
        size_t seen = 0;

        for (bool more = true; more;) {
            tune_key key = {.n = 7};
            tune_page page;

            fixture_ok(f, DW_PAGE_OF(&f->ctx, tunes, sort, cursor, &key, &page));
            assert_int_equal(key.n, 7);
            for (size_t k = 0; k < page.items.n; k++, seen++) {
                assert_true(seen == 0 || in_order(word, &before, &page.items.v[k]));
                before = page.items.v[k];
            }
            more = page.has.next;
            cursor = page.next;
            assert_int_equal(page.items.n, more ? 7 : TUNES % 7);
        }
        assert_int_equal(seen, TUNES);
    }
}

static void conditions_hold_on_every_page(void **state)
{
    struct fixture *f = *state;
    tune_key key = {.n = 20, .mood = DW_TEXT("sad"), .has.mood = true};
    tune_page page, next;

    fixture_ok(f, DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("-stars"), ((dw_text){0}), &key, &page));
    fixture_ok(f, DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("-stars"), page.next, &key, &next));
    assert_int_equal(page.items.n + next.items.n, TUNES / 2);
    assert_false(next.has.next);
}

/* A cursor of these words. */
static dw_text cursor_of(struct fixture *f, const char *words, size_t n)
{
    char *p = dw__arena_bytes(f->ctx.arena, DW__BASE64URL_SIZE(n) + 1);

    assert_non_null(p);
    return (dw_text){p, dw__base64url_encode(words, n, p)};
}

static void words_and_cursors_are_refused(void **state)
{
    static const char *const cursors[] = {"x",
                                          "id",
                                          "id:",
                                          "id:1",
                                          "id:1.",
                                          "id:9.1",
                                          "id:1.1x",
                                          "title:1.1",
                                          "-id:1.1",
                                          "id:1.a",
                                          "id:-1.1",
                                          "id:01.1x",
                                          "id:2.1 ",
                                          "id:18446744073709551615.1",
                                          "id:20.18446744073709551616"};
    struct fixture *f = *state;
    tune_key key = {.n = 5};
    tune_page page;

    for (size_t i = 0; i < sizeof cursors / sizeof cursors[0]; i++)
        if (DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("id"), cursor_of(f, cursors[i], strlen(cursors[i])), &key,
                       &page) != DW_BAD_REQUEST)
            fail_msg("%s", cursors[i]);
    fixture_ok(f, DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("id"), cursor_of(f, "id:1.1", 6), &key, &page));
    assert_int_equal(DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("id"), DW_TEXT("id:1.1"), &key, &page),
                     DW_BAD_REQUEST);
    assert_int_equal(
        DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("stars"), cursor_of(f, "stars:1.1x", 10), &key, &page),
        DW_BAD_REQUEST);
    fixture_ok(f, DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("title"), cursor_of(f, "title:1.1a", 10), &key, &page));
    /* Neither a NUL nor what is not UTF-8 comes to a database this way. */
    assert_int_equal(
        DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("title"), cursor_of(f, "title:1.1\0", 10), &key, &page),
        DW_BAD_REQUEST);
    assert_int_equal(
        DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("title"), cursor_of(f, "title:1.1\xff", 10), &key, &page),
        DW_BAD_REQUEST);
    assert_int_equal(DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("memo"), ((dw_text){0}), &key, &page),
                     DW_BAD_REQUEST);
    assert_int_equal(DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("id; DROP TABLE notes"), ((dw_text){0}), &key, &page),
                     DW_BAD_REQUEST);
    for (int64_t n = -1; n <= 1000; n += n == 0 ? 1000 : 1) {
        key.n = n;
        assert_int_equal(DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("id"), ((dw_text){0}), &key, &page),
                         DW_BAD_REQUEST);
    }
    key.n = 5;
    fixture_ok(f, DW_PAGE_OF(&f->ctx, tunes, DW_TEXT("title"), cursor_of(f, "title:1.1", 9), &key, &page));
    assert_int_equal(page.items.n, 5);
}

/* ---- all of it ---- */

struct count {
    struct fixture *f;
    size_t n;
    int64_t last;
    size_t most; /* bytes of the context */
};

static dw_err count_one(void *self, const void *row)
{
    struct count *c = self;
    const tune *t = row;

    assert_true(t->id > c->last);
    assert_true(t->title.n > 0 && memchr(t->title.p, ':', t->title.n) != NULL);
    c->last = t->id;
    c->n++;
    if (c->f->arena.used > c->most)
        c->most = c->f->arena.used;
    /* A row that is written while they are read is in the way of nothing. */
    return c->n == 3 ? DW_EXEC(&c->f->ctx, note_put, &((note_in){.title = DW_TEXT("late:")}), NULL) : DW_OK;
}

static dw_err stop_at_nine(void *self, const void *row)
{
    (void)row;
    return ++*(int *)self == 9 ? DW_CANCELED : DW_OK;
}

static void each_row_in_the_memory_of_a_page(void **state)
{
    struct fixture *f = *state;
    struct count c = {.f = f, .most = 0};
    tune_key key = {.n = 10};
    size_t before = f->arena.used;
    int n = 0;

    fixture_ok(f, DW_EACH(&f->ctx, tunes, ((dw_text){0}), &key, count_one, &c));
    assert_int_equal(c.n, TUNES + 1);
    assert_int_equal(c.most, before);
    assert_null(key.after_title.p);
    key.n = 4;
    assert_int_equal(DW_EACH(&f->ctx, tunes, DW_TEXT("-title"), &key, stop_at_nine, &n), DW_CANCELED);
    assert_int_equal(n, 9);
    assert_int_equal(DW_EACH(&f->ctx, tunes, DW_TEXT("memo"), &key, stop_at_nine, &n), DW_BAD_REQUEST);
}

static void what_may_be_null_orders_nothing(void **state)
{
    struct fixture *f = *state;
    const dw_query *const list[] = {maybes.orders[0].first, maybes.orders[2].first};
    struct sql_inventory *inv;

    fixture_why_clear(f);
    assert_int_equal(dw__sql_inventory_new(&inv, list, list + 2, &f->why), DW_INVALID);
    assert_string_equal(
        fixture_why(f),
        "statement maybes_by_memo: what maybes is ordered by must be an int64_t or a dw_text of maybe, "
        "neither optional nor nullable: not `memo`\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pages_hold_each_row_once),        TEST(conditions_hold_on_every_page),
        TEST(words_and_cursors_are_refused),   TEST(each_row_in_the_memory_of_a_page),
        TEST(what_may_be_null_orders_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
