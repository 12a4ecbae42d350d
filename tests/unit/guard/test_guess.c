/* Failures: what they are counted by, what gives them back, and whom they do not touch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/text.h"
#include "guard/guess.h"
#include "guard/rate_table.h"
#include "http/request.h"

#define ROOT "fbf6fea192670707d42af1d0d4c370615c36b6e4fd0f2da01ac92abb5133f08e"
#define NOW INT64_C(1700000000)
#define KEYS 4096u
#define FEW 5u
#define HOURLY 60u
#define DELAY_MS 30u
#define COOKIE "__Host-shop-device="

struct setting {
    void *memory;
    struct services services;
    struct clock clock;
    int log_fd;
    dw_req req;
    dw_principal caller;
};

static int set_up(void **state)
{
    static struct setting s;
    const struct guess_config config = {FEW, HOURLY, DELAY_MS, DW_TEXT_INIT("https://shop.test")};
    static const char root[] = ROOT;
    struct keyring *ring;
    char why[256];

    memset(&s, 0, sizeof s);
    s.memory =
        mmap(NULL, dw__rate_table_size(KEYS), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(s.memory, MAP_FAILED);
    dw__rate_table_begin(s.memory);
    s.services.rates = dw__rate_table_on(s.memory, KEYS);
    s.log_fd = memfd_create("log", MFD_CLOEXEC);
    assert_int_equal(dw__log_new(&s.services.log, dup(s.log_fd), DW_LOG_LEVEL_INFO, "test"), DW_OK);
    assert_int_equal(
        dw__keyring_parse(&ring, (dw_secret){root, sizeof root - 1}, "KEYS", "secret", why, sizeof why),
        DW_OK);
    assert_int_equal(dw__guess_rules_new(&s.services.guesses, "shop", ring, &config), DW_OK);
    dw__keyring_free(ring);
    dw__clock_set(&s.clock, NOW * 1000);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    dw__guess_rules_free(s->services.guesses);
    dw__rate_table_free(s->services.rates);
    dw__log_free(s->services.log);
    (void)close(s->log_fd);
    return munmap(s->memory, dw__rate_table_size(KEYS));
}

/* A request from `address`, on the admitted way in. */
static dw_req *from(struct setting *s, const char *address)
{
    dw_req *req = &s->req;

    memset(req, 0, sizeof *req);
    dw__arena_init(&req->arena, NULL, 1 << 20);
    dw__ctx_init(&req->ctx, &req->arena, &s->services, &s->clock);
    req->peer =
        (struct peer_address){.text = dw__text_of(address), .counted = dw__ip_counted(dw__text_of(address))};
    req->head.host = DW_TEXT("shop.test");
    req->may_sign_in = true;
    return req;
}

static void done(dw_req *req)
{
    dw__ctx_end(&req->ctx);
    dw__arena_release(&req->arena);
}

/* One try that comes to `outcome`; what was said of it before. */
static dw_err try(struct setting *s, const char *address, const char *account, dw_err outcome)
{
    dw_req *req = from(s, address);
    dw_guess guess;
    dw_err err = dw_guess_begin(req, dw__text_of(account), &guess);

    if (err == DW_OK)
        assert_int_equal(dw_guess_end(&guess, outcome), outcome);
    else
        assert_null(guess.inside);
    done(req);
    return err;
}

/* How many of `n` failures are looked at. */
static unsigned looked_at(struct setting *s, const char *address, const char *account, unsigned n)
{
    unsigned looked = 0;

    for (unsigned i = 0; i < n; i++)
        looked += try(s, address, account, DW_UNAUTHENTICATED) == DW_OK;
    return looked;
}

static void so_many_fail_and_then_one_at_a_time(void **state)
{
    struct setting *s = *state;
    dw_req *req;
    dw_guess guess;

    assert_int_equal(looked_at(s, "10.1.2.3", "ann", 9), FEW);
    req = from(s, "10.1.2.3");
    assert_int_equal(dw_guess_begin(req, DW_TEXT("ann"), &guess), DW_TOO_MANY);
    assert_int_equal(req->retry_after_s, 12);
    done(req);
    dw__clock_set(&s->clock, (NOW + 12) * 1000);
    assert_int_equal(looked_at(s, "10.1.2.3", "ann", 9), 1);
}

static void names_are_folded_and_need_not_be_there(void **state)
{
    struct setting *s = *state;

    assert_int_equal(looked_at(s, "10.1.2.3", "Nobody", 3), 3);
    assert_int_equal(looked_at(s, "10.1.2.3", " NOBODY ", 9), 2);
    assert_int_equal(looked_at(s, "10.1.2.3", "nobody2", 9), FEW);
    assert_int_equal(looked_at(s, "10.1.2.3", "", 9), FEW);
    assert_int_equal(looked_at(s, "10.1.2.3", "\xff\xfe", 9), FEW);
}

static void what_is_right_costs_nothing(void **state)
{
    struct setting *s = *state;

    assert_int_equal(looked_at(s, "10.1.2.3", "ann", FEW - 1), FEW - 1);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(try(s, "10.1.2.3", "ann", i % 2 == 0 ? DW_OK : DW_UNAVAILABLE), DW_OK);
    assert_int_equal(looked_at(s, "10.1.2.3", "ann", 9), 1);
    assert_int_equal(looked_at(s, "10.9.9.9", "bob", 9), FEW);
    assert_int_equal(try(s, "10.9.9.9", "bob", DW_OK),
                     DW_TOO_MANY); /* the right one is not looked at either */
}

/* Charged before it is looked at: those at the same time as well. */
static void tries_at_the_same_time(void **state)
{
    struct setting *s = *state;
    dw_req *req = from(s, "10.1.2.3");
    dw_guess guesses[FEW + 1];

    for (unsigned i = 0; i < FEW; i++)
        assert_int_equal(dw_guess_begin(req, DW_TEXT("ann"), &guesses[i]), DW_OK);
    assert_int_equal(dw_guess_begin(req, DW_TEXT("ann"), &guesses[FEW]), DW_TOO_MANY);
    assert_int_equal(dw_guess_end(&guesses[0], DW_OK), DW_OK);
    assert_int_equal(dw_guess_begin(req, DW_TEXT("ann"), &guesses[FEW]), DW_OK);
    assert_int_equal(dw_guess_end(&guesses[1], DW_OK), DW_OK);
    assert_int_equal(dw_guess_end(&guesses[1], DW_OK), DW_OK); /* once */
    assert_int_equal(dw_guess_begin(req, DW_TEXT("ann"), &guesses[0]), DW_OK);
    assert_int_equal(dw_guess_begin(req, DW_TEXT("ann"), &guesses[1]), DW_TOO_MANY);
    done(req);
}

static void networks(void **state)
{
    struct setting *s = *state;
    char address[32];
    unsigned looked = 0;

    assert_int_equal(looked_at(s, "10.1.2.3", "ann", 9), FEW);
    assert_int_equal(looked_at(s, "10.1.2.250", "ann", 9), 0);
    assert_int_equal(looked_at(s, "::ffff:10.1.2.9", "ann", 9), 0);
    for (unsigned i = 10; i < 30; i++) {
        (void)snprintf(address, sizeof address, "10.1.%u.1", i);
        looked += looked_at(s, address, "ann", 9);
    }
    assert_int_equal(looked, 10 * FEW - FEW); /* the /16 */
    assert_int_equal(looked_at(s, "10.2.2.3", "ann", 9), FEW);
    assert_int_equal(looked_at(s, "2001:db8:1:1::1", "bob", 9), FEW);
    assert_int_equal(looked_at(s, "2001:db8:1:1:2:3:4:5", "bob", 9), 0);
    assert_int_equal(looked_at(s, "2001:db8:1:2::1", "bob", 9), FEW);
    looked = 0;
    for (unsigned i = 10; i < 30; i++) {
        (void)snprintf(address, sizeof address, "2001:db8:1:%x::1", i);
        looked += looked_at(s, address, "bob", 9);
    }
    assert_int_equal(looked, 10 * FEW - 2 * FEW); /* the /48 */
    assert_int_equal(looked_at(s, "unix", "bob", 9), FEW);
    assert_int_equal(looked_at(s, "", "bob", 9), 0);
}

static uint64_t now_ms(void)
{
    struct clock c = {0};

    dw__clock_read(&c);
    return c.mono_ns / 1000000;
}

/* From everywhere: over the number of an hour, each waits, and is looked at. */
static void an_account_is_slowed_and_not_closed(void **state)
{
    struct setting *s = *state;
    char address[32];
    uint64_t begin;

    for (unsigned i = 0; i < HOURLY; i++) {
        (void)snprintf(address, sizeof address, "10.%u.2.1", i);
        begin = now_ms();
        assert_int_equal(try(s, address, "ann", DW_UNAUTHENTICATED), DW_OK);
    }
    for (unsigned i = 0; i < 3; i++) {
        (void)snprintf(address, sizeof address, "11.%u.2.1", i);
        begin = now_ms();
        assert_int_equal(try(s, address, "ann", i == 2 ? DW_OK : DW_UNAUTHENTICATED), DW_OK);
        assert_true(now_ms() - begin >= DELAY_MS);
    }
}

static void put_header(dw_req *req, struct http_field *field, const char *name, const char *value)
{
    *field = (struct http_field){dw__text_of(name), dw__text_of(value)};
    req->head.fields = field;
    req->head.n_fields = 1;
}

/* What a page of another site sends uses up nobody's tries. */
static void another_sites_requests_are_counted_apart(void **state)
{
    struct setting *s = *state;
    static const char *const marks[][2] = {
        {"sec-fetch-site", "cross-site"}, {"sec-fetch-site", "same-site"}, {"origin", "https://evil.test"}};
    struct http_field field;
    dw_guess guess;
    unsigned looked = 0;

    for (unsigned i = 0; i < 30; i++) {
        dw_req *req = from(s, "10.1.2.3");

        put_header(req, &field, marks[i % 3][0], marks[i % 3][1]);
        if (dw_guess_begin(req, DW_TEXT("ann"), &guess) == DW_OK) {
            looked++;
            assert_int_equal(dw_guess_end(&guess, DW_UNAUTHENTICATED), DW_UNAUTHENTICATED);
        }
        done(req);
    }
    assert_int_equal(looked, FEW); /* they are, though */
    assert_int_equal(looked_at(s, "10.1.2.3", "ann", 9), FEW);
}

/* The cookie that a full sign-in brings, as a request sends it. */
static void know(struct setting *s, const char *account, char cookie[static 256])
{
    dw_req *req = from(s, "10.77.1.1");
    dw_guess guess;
    dw_text set;

    assert_int_equal(dw_guess_begin(req, dw__text_of(account), &guess), DW_OK);
    assert_int_equal(dw_guess_end(&guess, DW_OK), DW_OK);
    assert_int_equal(dw_guess_know_device(req, &guess), DW_OK);
    assert_int_equal(req->reply.n_extra, 1);
    assert_true(req->sets_cookie);
    set = req->reply.extra[0].value;
    assert_true(dw__text_starts(set, DW_TEXT(COOKIE)));
    assert_non_null(memmem(set.p, set.n, "; Max-Age=31536000; Path=/; Secure; HttpOnly", 44));
    assert_true(dw__text_find(set, ';') < 256);
    memcpy(cookie, set.p, dw__text_find(set, ';'));
    cookie[dw__text_find(set, ';')] = '\0';
    done(req);
}

static dw_err try_with(struct setting *s, const char *address, const char *cookie, const char *account)
{
    dw_req *req = from(s, address);
    dw_guess guess;
    dw_err err;

    req->head.known[HTTP_COOKIE] = dw__text_of(cookie);
    err = dw_guess_begin(req, dw__text_of(account), &guess);
    if (err == DW_OK)
        assert_int_equal(dw_guess_end(&guess, DW_UNAUTHENTICATED), DW_UNAUTHENTICATED);
    done(req);
    return err;
}

static void a_known_browser_has_its_own_count(void **state)
{
    struct setting *s = *state;
    char anns[256], bobs[256];
    unsigned looked = 0;

    know(s, "ann", anns);
    know(s, "bob", bobs);
    assert_int_equal(looked_at(s, "10.1.2.3", "ann", 9), FEW);
    assert_int_equal(try_with(s, "10.1.2.3", bobs, "ann"), DW_TOO_MANY);
    for (unsigned i = 0; i < 9; i++) /* wherever it is */
        looked += try_with(s, i % 2 == 0 ? "10.1.2.3" : "10.8.9.1", anns, "Ann") == DW_OK;
    assert_int_equal(looked, FEW);
    assert_int_equal(looked_at(s, "10.8.9.1", "ann", 9), FEW); /* and what it did is nobody else's */
}

/* Who has collected many of them, when they knew the password, has not as many times as many tries. */
static void all_known_browsers_of_an_account(void **state)
{
    struct setting *s = *state;
    char cookie[256];
    unsigned looked = 0;

    for (unsigned i = 0; i < 20; i++) {
        know(s, "ann", cookie);
        for (unsigned k = 0; k < FEW; k++)
            looked += try_with(s, "10.1.2.3", cookie, "ann") == DW_OK;
    }
    assert_int_equal(looked, 10 * FEW);
}

static void who_is_signed_in_is_counted_as_such(void **state)
{
    struct setting *s = *state;
    unsigned looked = 0;

    assert_int_equal(looked_at(s, "10.1.2.3", "ann", 9), FEW);
    s->caller = (dw_principal){.id = 7};
    for (unsigned i = 0; i < 18; i++) {
        dw_req *req = from(s, i % 2 == 0 ? "10.1.2.3" : "10.8.9.1");
        dw_guess guess;

        s->caller.id = 7 + i % 3 / 2;
        req->ctx.principal = &s->caller;
        if (dw_guess_begin(req, i % 2 == 0 ? DW_TEXT("ann") : DW_TEXT("annie"), &guess) == DW_OK) {
            looked++;
            (void)dw_guess_end(&guess, DW_UNAUTHENTICATED);
        }
        done(req);
    }
    assert_int_equal(looked, 2 * FEW); /* of two callers */
    assert_int_equal(looked_at(s, "10.8.9.1", "ann", 9), FEW);
}

/* Nothing is let through that cannot be counted. */
static void without_a_table_nobody_tries(void **state)
{
    struct setting *s = *state;
    struct rate_table *rates = s->services.rates;

    s->services.rates = NULL;
    assert_int_equal(try(s, "10.1.2.3", "ann", DW_OK), DW_UNAVAILABLE);
    s->services.rates = rates;
    assert_int_equal(try(s, "10.1.2.3", "ann", DW_OK), DW_OK);
}

static void a_browser_is_known_behind_a_sign_in_only(void **state)
{
    struct setting *s = *state;
    dw_req *req = from(s, "10.1.2.3");
    dw_guess guess;

    assert_int_equal(dw_guess_begin(req, DW_TEXT("ann"), &guess), DW_OK);
    assert_int_equal(dw_guess_end(&guess, DW_UNAUTHENTICATED), DW_UNAUTHENTICATED);
    assert_int_equal(dw_guess_know_device(req, &guess), DW_INTERNAL);
    assert_int_equal(dw_guess_begin(req, DW_TEXT("ann"), &guess), DW_OK);
    assert_int_equal(dw_guess_end(&guess, DW_OK), DW_OK);
    req->may_sign_in = false;
    assert_int_equal(dw_guess_know_device(req, &guess), DW_INTERNAL);
    done(req);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(so_many_fail_and_then_one_at_a_time),
        TEST(names_are_folded_and_need_not_be_there),
        TEST(what_is_right_costs_nothing),
        TEST(tries_at_the_same_time),
        TEST(networks),
        TEST(an_account_is_slowed_and_not_closed),
        TEST(another_sites_requests_are_counted_apart),
        TEST(a_known_browser_has_its_own_count),
        TEST(all_known_browsers_of_an_account),
        TEST(who_is_signed_in_is_counted_as_such),
        TEST(without_a_table_nobody_tries),
        TEST(a_browser_is_known_behind_a_sign_in_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
