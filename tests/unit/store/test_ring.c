/* Rings: in order, whole, and unhurt by whatever the other side writes into the memory. */
#include "store_fixture.h"

#include <poll.h>
#include <sys/eventfd.h>

#include "base/rand.h"
#include "store/ring.h"
#include <dw/ctx.h>

struct pair {
    int memfd, wake_worker, wake_store;
    struct ring_end *worker, *store;
};

static struct ring_end *end_of(struct pair *p, bool is_worker)
{
    struct ring_end *end;

    assert_int_equal(dw__ring_end_new(&end, is_worker, dup(p->memfd),
                                      dup(is_worker ? p->wake_worker : p->wake_store),
                                      dup(is_worker ? p->wake_store : p->wake_worker)),
                     DW_OK);
    return end;
}

static void pair_new(struct pair *p)
{
    assert_int_equal(dw__ring_memory(&p->memfd), DW_OK);
    p->wake_worker = eventfd(0, EFD_CLOEXEC);
    p->wake_store = eventfd(0, EFD_CLOEXEC);
    p->store = end_of(p, false);
    p->worker = end_of(p, true);
}

static void meet(struct pair *p)
{
    (void)dw__ring_sync(p->worker);
    (void)dw__ring_sync(p->store);
    (void)dw__ring_sync(p->worker);
    assert_true(dw__ring_connected(p->worker));
    assert_true(dw__ring_connected(p->store));
}

static void pair_free(struct pair *p)
{
    dw__ring_end_free(p->worker);
    dw__ring_end_free(p->store);
    close(p->memfd);
    close(p->wake_worker);
    close(p->wake_store);
}

static bool is_readable(const struct ring_end *end)
{
    struct pollfd p = {.fd = dw__ring_wake_fd(end), .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

static char big[DW__RING_MESSAGE], got[DW__RING_MESSAGE];

static void expect_message(struct ring_end *end, const char *text)
{
    size_t n;

    assert_int_equal(dw__ring_get(end, got, sizeof got, &n), DW_OK);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(got, text, n);
}

static void messages_arrive_in_order(void **state)
{
    struct pair p;
    size_t n;

    (void)state;
    pair_new(&p);
    assert_int_equal(dw__ring_put(p.worker, "x", 1, NULL, 0), DW_UNAVAILABLE);
    assert_int_equal(dw__ring_get(p.worker, got, sizeof got, &n), DW_NOT_FOUND);
    meet(&p);
    assert_int_equal(dw__ring_put(p.worker, "one", 3, " two", 4), DW_OK);
    assert_int_equal(dw__ring_put(p.worker, NULL, 0, NULL, 0), DW_OK);
    assert_int_equal(dw__ring_put(p.worker, "three", 5, NULL, 0), DW_OK);
    assert_int_equal(dw__ring_get(p.store, got, sizeof got, &n), DW_NOT_FOUND);
    dw__ring_flush(p.worker);
    expect_message(p.store, "one two");
    expect_message(p.store, "");
    expect_message(p.store, "three");
    assert_int_equal(dw__ring_get(p.store, got, sizeof got, &n), DW_NOT_FOUND);
    assert_int_equal(dw__ring_put(p.store, "answer", 6, NULL, 0), DW_OK);
    dw__ring_unput(p.store);
    assert_int_equal(dw__ring_put(p.store, "better", 6, NULL, 0), DW_OK);
    dw__ring_flush(p.store);
    expect_message(p.worker, "better");
    pair_free(&p);
}

/* Messages of all sizes, so that they wrap at every place, with the ring full and empty in between. */
static void messages_wrap(void **state)
{
    struct pair p;
    size_t n, queued = 0, first = 1, sizes[64];

    (void)state;
    pair_new(&p);
    meet(&p);
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 31);
    assert_int_equal(dw__ring_put(p.worker, big, sizeof big, "x", 1), DW_TOO_LARGE);
    for (size_t round = 0; round < 400; round++) {
        while (queued < 64) {
            size_t size = (size_t)(dw__random_u64() % 65536);
            dw_err err = dw__ring_put(p.worker, big, size / 2, big + size / 2, size - size / 2);

            if (err == DW_UNAVAILABLE)
                break;
            assert_int_equal(err, DW_OK);
            sizes[(first + queued++) % 64] = size;
        }
        dw__ring_flush(p.worker);
        for (size_t k = dw__random_u64() % (queued + 1); k > 0; k--, queued--, first++) {
            assert_int_equal(dw__ring_get(p.store, got, sizeof got, &n), DW_OK);
            assert_int_equal(n, sizes[first % 64]);
            assert_memory_equal(got, big, n);
        }
    }
    pair_free(&p);
}

static void the_largest_message_fits(void **state)
{
    struct pair p;
    size_t n, put = 0;

    (void)state;
    pair_new(&p);
    meet(&p);
    while (dw__ring_put(p.worker, big, sizeof big, NULL, 0) == DW_OK)
        put++;
    assert_int_equal(put, 3);
    dw__ring_flush(p.worker);
    assert_int_equal(dw__ring_get(p.store, got, sizeof got, &n), DW_OK);
    assert_int_equal(n, sizeof big);
    assert_int_equal(dw__ring_put(p.worker, big, sizeof big, NULL, 0), DW_OK);
    pair_free(&p);
}

static void wakes_only_a_sleeper(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p);
    meet(&p);
    dw__ring_awake(p.store);
    assert_false(is_readable(p.store));
    assert_int_equal(dw__ring_put(p.worker, "x", 1, NULL, 0), DW_OK);
    dw__ring_flush(p.worker);
    assert_false(is_readable(p.store));
    assert_false(dw__ring_may_sleep(p.store));
    expect_message(p.store, "x");
    assert_true(dw__ring_may_sleep(p.store));
    assert_int_equal(dw__ring_put(p.worker, "y", 1, NULL, 0), DW_OK);
    assert_false(is_readable(p.store));
    dw__ring_flush(p.worker);
    assert_true(is_readable(p.store));
    dw__ring_awake(p.store);
    assert_false(is_readable(p.store));
    expect_message(p.store, "y");
    pair_free(&p);
}

static void a_new_worker_begins_anew(void **state)
{
    struct pair p;
    size_t n;

    (void)state;
    pair_new(&p);
    meet(&p);
    assert_int_equal(dw__ring_put(p.worker, "lost", 4, NULL, 0), DW_OK);
    dw__ring_flush(p.worker);
    dw__ring_end_free(p.worker);
    p.worker = end_of(&p, true);
    assert_false(dw__ring_sync(p.worker));
    assert_false(dw__ring_connected(p.worker));
    assert_true(is_readable(p.store));
    assert_true(dw__ring_sync(p.store));
    assert_true(is_readable(p.worker));
    meet(&p);
    assert_int_equal(dw__ring_get(p.store, got, sizeof got, &n), DW_NOT_FOUND);
    assert_int_equal(dw__ring_put(p.worker, "new", 3, NULL, 0), DW_OK);
    dw__ring_flush(p.worker);
    expect_message(p.store, "new");
    pair_free(&p);
}

static void a_new_store_begins_anew(void **state)
{
    struct pair p;
    size_t n;

    (void)state;
    pair_new(&p);
    meet(&p);
    assert_int_equal(dw__ring_put(p.worker, "lost", 4, NULL, 0), DW_OK);
    dw__ring_flush(p.worker);
    dw__ring_awake(p.worker);
    dw__ring_end_free(p.store);
    p.store = end_of(&p, false);
    assert_false(dw__ring_sync(p.store));
    assert_true(is_readable(p.worker));
    assert_true(dw__ring_sync(p.worker));
    assert_false(dw__ring_connected(p.worker));
    meet(&p);
    assert_int_equal(dw__ring_get(p.store, got, sizeof got, &n), DW_NOT_FOUND);
    assert_int_equal(dw__ring_put(p.store, "new", 3, NULL, 0), DW_OK);
    dw__ring_flush(p.store);
    expect_message(p.worker, "new");
    pair_free(&p);
}

static void a_worker_may_come_before_the_store(void **state)
{
    struct pair p;

    (void)state;
    assert_int_equal(dw__ring_memory(&p.memfd), DW_OK);
    p.wake_worker = eventfd(0, EFD_CLOEXEC);
    p.wake_store = eventfd(0, EFD_CLOEXEC);
    p.worker = end_of(&p, true);
    assert_false(dw__ring_sync(p.worker));
    p.store = end_of(&p, false);
    assert_true(is_readable(p.worker));
    meet(&p);
    pair_free(&p);
}

static void memory_must_be_sealed(void **state)
{
    struct ring_end *end;
    int memfd = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING), wake = eventfd(0, EFD_CLOEXEC);

    (void)state;
    assert_int_equal(ftruncate(memfd, (off_t)dw__ring_shared_size()), 0);
    assert_int_not_equal(dw__ring_end_new(&end, false, memfd, wake, wake), DW_OK);
    assert_null(end);
    close(memfd);
    close(wake);
}

/* A position that is further than the ring is long, or behind what was read, breaks it at once. */
static void positions_must_follow(void **state)
{
    static const uint64_t tails[] = {DW__RING_BYTES + 8, UINT64_C(1) << 40, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        struct pair p;
        uint64_t *memory;
        size_t n;

        pair_new(&p);
        meet(&p);
        memory = mmap(NULL, dw__ring_shared_size(), PROT_READ | PROT_WRITE, MAP_SHARED, p.memfd, 0);
        assert_ptr_not_equal(memory, MAP_FAILED);
        memory[2 * 64 / sizeof *memory] = tails[i]; /* the third line: what the worker has put */
        assert_int_equal(dw__ring_get(p.store, got, sizeof got, &n), DW_INTERNAL);
        assert_false(dw__ring_connected(p.store));
        (void)munmap(memory, dw__ring_shared_size());
        pair_free(&p);
    }
}

/* One end goes on as it should while the other's words and bytes are anything: what comes out is a message within bounds, nothing, or
 * a broken ring, and a broken ring is whole again after the peer has asked anew. */
static void survives_scribbling(void **state)
{
    static const uint64_t edges[] = {
        0, 1, 7, 8, UINT64_MAX, UINT64_MAX - 7, DW__RING_BYTES, DW__RING_BYTES + 8};
    struct pair p;
    size_t n, words = dw__ring_shared_size() / sizeof(uint64_t), broken = 0, whole = 0;
    size_t data = words - 2 * DW__RING_BYTES / sizeof(uint64_t);
    uint64_t *memory;

    (void)state;
    pair_new(&p);
    meet(&p);
    memory = mmap(NULL, dw__ring_shared_size(), PROT_READ | PROT_WRITE, MAP_SHARED, p.memfd, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    for (int round = 0; round < 200000; round++) {
        uint64_t r = dw__random_u64();
        /* Mostly the 64 words of positions and the beginning of the data, where lengths are. */
        size_t at = r % 4   ? (size_t)(r >> 8) % 64
                    : r % 8 ? data + (size_t)(r >> 8) % 16
                            : (size_t)(r >> 8) % words;
        dw_err err;

        if (r % 3)
            memory[at] = r % 5 ? edges[(r >> 40) % 8] : dw__random_u64() >> (r % 64);
        err = dw__ring_put(p.store, big, (size_t)(r % 100), NULL, 0);
        assert_true(err == DW_OK || err == DW_UNAVAILABLE);
        dw__ring_flush(p.store);
        err = dw__ring_get(p.store, got, sizeof got, &n);
        assert_true(err == DW_OK || err == DW_NOT_FOUND || err == DW_INTERNAL);
        assert_true(n <= sizeof got);
        assert_true(dw__ring_room(p.store) <= DW__RING_BYTES);
        (void)dw__ring_may_sleep(p.store);
        whole += err == DW_OK;
        if (!dw__ring_connected(p.store)) {
            broken++;
            dw__ring_end_free(p.worker);
            p.worker = end_of(&p, true);
            meet(&p);
        } else if (r % 16 == 0)
            (void)dw__ring_sync(p.store);
    }
    assert_true(broken > 100 && whole > 100);
    (void)munmap(memory, dw__ring_shared_size());
    pair_free(&p);
}

static bool is_in_memory(const struct pair *p, const char *text)
{
    size_t n = dw__ring_shared_size();
    void *memory = mmap(NULL, n, PROT_READ, MAP_SHARED, p->memfd, 0);
    bool found;

    assert_ptr_not_equal(memory, MAP_FAILED);
    found = memmem(memory, n, text, strlen(text)) != NULL;
    (void)munmap(memory, n);
    return found;
}

/* What was taken is not there any more, nor what was taken back or lost, at whatever place of the ring. */
static void nothing_stays_in_memory(void **state)
{
    static const char secret[] = "the hash of a password";
    struct pair p;

    (void)state;
    pair_new(&p);
    meet(&p);
    for (size_t put = 0; put < 3 * DW__RING_BYTES; put += 60000) {
        size_t n;

        assert_int_equal(dw__ring_put(p.worker, big, 59000, secret, sizeof secret - 1), DW_OK);
        dw__ring_flush(p.worker);
        assert_int_equal(dw__ring_get(p.store, got, sizeof got, &n), DW_OK);
        assert_false(is_in_memory(&p, secret));
    }
    assert_int_equal(dw__ring_put(p.store, secret, sizeof secret - 1, NULL, 0), DW_OK);
    assert_true(is_in_memory(&p, secret));
    dw__ring_unput(p.store);
    assert_false(is_in_memory(&p, secret));
    assert_int_equal(dw__ring_put(p.worker, secret, sizeof secret - 1, NULL, 0), DW_OK);
    dw__ring_flush(p.worker);
    dw__ring_end_free(p.worker);
    p.worker = end_of(&p, true);
    meet(&p);
    assert_false(is_in_memory(&p, secret));
    assert_int_equal(dw__ring_put(p.store, secret, sizeof secret - 1, NULL, 0), DW_OK);
    dw__ring_flush(p.store);
    dw__ring_end_free(p.store);
    p.store = end_of(&p, false);
    assert_true(dw__ring_sync(p.worker));
    meet(&p);
    assert_false(is_in_memory(&p, secret));
    pair_free(&p);
}

static void a_message_is_taken_back_by_its_id(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p);
    meet(&p);
    assert_false(dw__ring_is_canceled(p.store, 0));
    dw__ring_cancel(p.worker, 5 + DW__RING_CANCELS);
    assert_true(dw__ring_is_canceled(p.store, 5 + DW__RING_CANCELS));
    assert_false(dw__ring_is_canceled(p.store, 5));
    assert_false(dw__ring_is_canceled(p.store, 5 + 2 * DW__RING_CANCELS));
    dw__ring_uncancel(p.worker, 5 + DW__RING_CANCELS);
    assert_false(dw__ring_is_canceled(p.store, 5 + DW__RING_CANCELS));
    dw__ring_cancel(p.worker, UINT32_MAX);
    assert_true(dw__ring_is_canceled(p.store, UINT32_MAX));
    dw__ring_end_free(p.worker);
    p.worker = end_of(&p, true); /* knows nothing of what its predecessor took back */
    assert_false(dw__ring_is_canceled(p.store, UINT32_MAX));
    pair_free(&p);
}

static void the_store_is_seen_alive(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p);
    assert_int_equal(dw__ring_last_beat(p.worker), 0);
    dw__ring_beat(p.store, 123456789012);
    assert_int_equal(dw__ring_last_beat(p.worker), 123456789012);
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_arrive_in_order),
        cmocka_unit_test(messages_wrap),
        cmocka_unit_test(the_largest_message_fits),
        cmocka_unit_test(wakes_only_a_sleeper),
        cmocka_unit_test(a_new_worker_begins_anew),
        cmocka_unit_test(a_new_store_begins_anew),
        cmocka_unit_test(a_worker_may_come_before_the_store),
        cmocka_unit_test(memory_must_be_sealed),
        cmocka_unit_test(positions_must_follow),
        cmocka_unit_test(survives_scribbling),
        cmocka_unit_test(nothing_stays_in_memory),
        cmocka_unit_test(a_message_is_taken_back_by_its_id),
        cmocka_unit_test(the_store_is_seen_alive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
