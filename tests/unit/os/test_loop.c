/* The loop: order of a turn, removal in a turn, fairness, posts from threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "os/loop.h"

static struct loop *loop;
static char said[64];

static void say(char c)
{
    size_t n = strlen(said);
    if (n + 1 < sizeof(said)) {
        said[n] = c;
        said[n + 1] = '\0';
    }
}

static int setup(void **state)
{
    (void)state;
    said[0] = '\0';
    return dw__loop_new(&loop) == DW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    dw__loop_free(loop);
    return 0;
}

static int signaled_fd(void)
{
    int fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static uint64_t now(void)
{
    return dw__loop_clock(loop)->mono_ns;
}

/* ---- order ---- */

static struct io phase_io;
static struct timer phase_timer;
static struct task phase_ready, phase_end;
static struct post phase_post;

static void say_timer(struct timer *t)
{
    (void)t;
    say('t');
}
static void say_io(struct io *io, uint32_t events)
{
    assert_int_equal(events, EPOLLIN);
    say('i');
    assert_int_equal(dw__loop_watch(loop, io, 0), DW_OK);
}
static void say_post(struct post *p)
{
    (void)p;
    say('p');
}
static void say_ready(struct task *t)
{
    (void)t;
    say('r');
}
static void say_end(struct task *t)
{
    (void)t;
    say('e');
}

static void a_turn_has_an_order(void **state)
{
    (void)state;
    phase_io = (struct io){.fn = say_io, .fd = signaled_fd()};
    phase_timer = (struct timer){.fn = say_timer};
    phase_post = (struct post){.fn = say_post};
    dw__task_init(&phase_ready, say_ready);
    dw__task_init(&phase_end, say_end);
    dw__loop_at_end(loop, &phase_end);
    dw__loop_at_end(loop, &phase_end);
    dw__loop_ready(loop, &phase_ready);
    dw__loop_ready(loop, &phase_ready);
    dw__loop_post(loop, &phase_post);
    assert_int_equal(dw__loop_watch(loop, &phase_io, EPOLLIN), DW_OK);
    assert_int_equal(dw__timer_set(loop, &phase_timer, now()), DW_OK);
    dw__loop_run_until_idle(loop);
    assert_string_equal(said, "tipre");
    close(phase_io.fd);
}

static void idle_loop_ends_at_once(void **state)
{
    (void)state;
    dw__loop_run_until_idle(loop);
}

static void stop_ends_after_the_turn(void **state)
{
    (void)state;
    dw__loop_stop(loop);
    dw__loop_run(loop);
}

/* ---- descriptors ---- */

struct pair {
    struct io io;
    struct pair *other;
};
static int pair_calls;

static void removes_and_frees_other(struct io *io, uint32_t events)
{
    (void)events;
    struct pair *me = DW__LIST_ENTRY(io, struct pair, io);
    pair_calls++;
    if (me->other != NULL) {
        assert_int_equal(dw__loop_watch(loop, &me->other->io, 0), DW_OK);
        close(me->other->io.fd);
        free(me->other);
    }
    assert_int_equal(dw__loop_watch(loop, &me->io, 0), DW_OK);
    close(me->io.fd);
    free(me);
}

static void a_freed_io_gets_no_event(void **state)
{
    (void)state;
    pair_calls = 0;
    for (int i = 0; i < 20;
         i++) { /* both are ready in the same batch; whichever comes first frees the other */
        struct pair *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
        assert_true(a != NULL && b != NULL);
        a->other = b;
        b->other = a;
        a->io = (struct io){.fn = removes_and_frees_other, .fd = signaled_fd()};
        b->io = (struct io){.fn = removes_and_frees_other, .fd = signaled_fd()};
        assert_int_equal(dw__loop_watch(loop, &a->io, EPOLLIN), DW_OK);
        assert_int_equal(dw__loop_watch(loop, &b->io, EPOLLIN), DW_OK);
    }
    dw__loop_run_until_idle(loop);
    assert_int_equal(pair_calls, 20);
}

static struct io first, second;

static void narrows_the_other(struct io *io, uint32_t events)
{
    (void)events;
    say('x');
    struct io *other = io == &first ? &second : &first;
    if (io->events != 0) /* the other no longer wants what was fetched for it */
        assert_int_equal(dw__loop_watch(loop, other, EPOLLRDHUP), DW_OK);
    dw__loop_stop(loop);
}

static void an_event_no_longer_wanted_is_dropped(void **state)
{
    (void)state;
    first = (struct io){.fn = narrows_the_other, .fd = signaled_fd()};
    second = (struct io){.fn = narrows_the_other, .fd = signaled_fd()};
    assert_int_equal(dw__loop_watch(loop, &first, EPOLLIN), DW_OK);
    assert_int_equal(dw__loop_watch(loop, &second, EPOLLIN), DW_OK);
    dw__loop_run(loop);
    assert_string_equal(said, "x");
    close(first.fd);
    close(second.fd);
}

static void what_cannot_be_watched_says_so(void **state)
{
    (void)state;
    struct io io = {.fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
    assert_int_equal(dw__loop_watch(loop, &io, EPOLLIN), DW_INTERNAL);
    assert_int_equal(errno, EPERM);
    close(io.fd);
    dw__loop_run_until_idle(loop); /* it is not counted */
}

/* ---- fairness ---- */

static int turns_of_timer, turns_of_task;

static void sets_itself(struct timer *t)
{
    if (++turns_of_timer < 100)
        assert_int_equal(dw__timer_set(loop, t, 0), DW_OK);
}
static void readies_itself(struct task *t)
{
    turns_of_task++;
    /* The timer, set for now again and again, ran once a turn. */
    assert_true(turns_of_timer <= turns_of_task);
    if (turns_of_timer < 100)
        dw__loop_ready(loop, t);
}

static void nobody_holds_the_turn(void **state)
{
    (void)state;
    turns_of_timer = turns_of_task = 0;
    struct timer timer = {.fn = sets_itself};
    struct task task;
    dw__task_init(&task, readies_itself);
    dw__loop_ready(loop, &task);
    assert_int_equal(dw__timer_set(loop, &timer, 0), DW_OK);
    dw__loop_run_until_idle(loop);
    assert_int_equal(turns_of_timer, 100);
    assert_int_equal(turns_of_task, 100);
}

static void a_canceled_task_does_not_run(void **state)
{
    (void)state;
    struct task task;
    dw__task_init(&task, say_ready);
    dw__task_cancel(&task);
    dw__loop_ready(loop, &task);
    dw__task_cancel(&task);
    dw__loop_run_until_idle(loop);
    assert_string_equal(said, "");
}

/* ---- time ---- */

struct lettered {
    struct timer timer;
    char letter;
};
static void say_letter(struct timer *t)
{
    assert_true(now() >= t->at_ns);
    say(DW__LIST_ENTRY(t, struct lettered, timer)->letter);
}

static void timers_fire_in_order_and_not_early(void **state)
{
    (void)state;
    struct lettered t[4] = {{{.fn = say_letter}, 'a'},
                            {{.fn = say_letter}, 'b'},
                            {{.fn = say_letter}, 'c'},
                            {{.fn = say_letter}, 'd'}};
    uint64_t start = now();
    const uint64_t ms[] = {9, 3, 6, 1};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(dw__timer_set(loop, &t[i].timer, start + ms[i] * 1000000), DW_OK);
    dw__timer_clear(loop, &t[2].timer);
    dw__loop_run_until_idle(loop);
    assert_string_equal(said, "dba");
    assert_true(now() - start >= 9000000);
}

static void a_test_can_set_the_clock(void **state)
{
    (void)state;
    struct clock *clock = dw__loop_clock_for_test(loop);
    dw__clock_set(clock, clock->unix_ms);
    struct lettered t = {{.fn = say_letter}, 'h'};
    assert_int_equal(dw__timer_set(loop, &t.timer, now() + 3600000000000u), DW_OK);
    dw__clock_set(clock, clock->unix_ms + 3600001);
    dw__loop_run_until_idle(loop);
    assert_string_equal(said, "h");
}

/* ---- posts ---- */

#define THREADS 4
#define POSTS 5000

struct numbered {
    struct post post;
    int thread, number;
};
static int last_number[THREADS], n_arrived;

static void arrives(struct post *post)
{
    struct numbered *p = DW__LIST_ENTRY(post, struct numbered, post);
    assert_int_equal(p->number, last_number[p->thread] + 1); /* in order for each thread */
    last_number[p->thread] = p->number;
    n_arrived++;
    free(p);
    dw__loop_release(loop);
}

static void *posts(void *arg)
{
    for (int i = 1; i <= POSTS; i++) {
        struct numbered *p = calloc(1, sizeof(*p));
        if (p == NULL)
            abort();
        p->post.fn = arrives;
        p->thread = (int)(intptr_t)arg;
        p->number = i;
        dw__loop_post(loop, &p->post);
    }
    return NULL;
}

static void posts_arrive_from_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    n_arrived = 0;
    memset(last_number, 0, sizeof(last_number));
    for (int i = 0; i < THREADS * POSTS; i++)
        dw__loop_hold(loop);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, posts, (void *)(intptr_t)i), 0);
    dw__loop_run_until_idle(loop); /* would hang if a wake-up were lost */
    assert_int_equal(n_arrived, THREADS * POSTS);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void posts_that_are_left_run_when_it_is_freed(void **state)
{
    (void)state;
    struct post post = {.fn = say_post};
    dw__loop_post(loop, &post);
    dw__loop_free(loop);
    loop = NULL;
    assert_string_equal(said, "p");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        TEST(a_turn_has_an_order),
        TEST(idle_loop_ends_at_once),
        TEST(stop_ends_after_the_turn),
        TEST(a_freed_io_gets_no_event),
        TEST(an_event_no_longer_wanted_is_dropped),
        TEST(what_cannot_be_watched_says_so),
        TEST(nobody_holds_the_turn),
        TEST(a_canceled_task_does_not_run),
        TEST(timers_fire_in_order_and_not_early),
        TEST(a_test_can_set_the_clock),
        TEST(posts_arrive_from_threads),
        TEST(posts_that_are_left_run_when_it_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
