/* Notes of who is held: whole or not there, whatever stands in the memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard/rate_entry.h"

#define SECOND UINT64_C(1000000000)
#define NOW (1000 * SECOND)
#define KEYS 1024u

static struct rate_held held[DW__RATE_BOX];

static int set_up(void **state)
{
    size_t size = dw__rate_table_size(KEYS);
    void *memory = aligned_alloc(128, (size + 127) & ~(size_t)127);

    if (memory == NULL)
        return -1;
    memset(memory, 0, size);
    dw__rate_table_begin(memory);
    *state = dw__rate_table_on(memory, KEYS);
    return *state == NULL;
}

static int tear_down(void **state)
{
    struct rate_table *table = *state;

    free(table->shared);
    dw__rate_table_free(table);
    return 0;
}

static struct rate_key key_of(uint64_t who)
{
    struct rate_key key = {.limit = 7, .kind = 1};

    memcpy(key.who, &who, sizeof who);
    return key;
}

static void hold(struct rate_table *table, uint64_t who, uint64_t now, uint64_t until)
{
    const struct rate_key key = key_of(who);

    dw__rate_hold(table, dw__rate_place(table, &key), now, until);
    dw__rate_box_note(table, &key, now, until);
}

static void lists_who_is_held(void **state)
{
    const struct rate_key one = key_of(1);

    assert_int_equal(dw__rate_box_list(*state, NOW, held), 0);
    hold(*state, 1, NOW, NOW + 60 * SECOND);
    hold(*state, 2, NOW, NOW + 10 * SECOND);
    assert_int_equal(dw__rate_box_list(*state, NOW, held), 2);
    assert_int_equal(dw__rate_box_list(*state, NOW + 20 * SECOND, held), 1);
    assert_memory_equal(&held[0].key, &one, sizeof one);
    assert_int_equal(held[0].left_ns, 40 * SECOND);
    hold(*state, 1, NOW + 20 * SECOND, NOW + 80 * SECOND); /* the same note */
    assert_int_equal(dw__rate_box_list(*state, NOW + 20 * SECOND, held), 1);
    assert_int_equal(held[0].left_ns, 60 * SECOND);
    dw__rate_let_go(*state, dw__rate_place(*state, &one));
    assert_int_equal(dw__rate_box_list(*state, NOW + 20 * SECOND, held), 0);
}

static void more_than_there_is_room_for(void **state)
{
    for (uint64_t who = 1; who <= 4 * DW__RATE_BOX; who++)
        hold(*state, who, NOW, NOW + 60 * SECOND);
    assert_in_range(dw__rate_box_list(*state, NOW, held), DW__RATE_BOX / 2, DW__RATE_BOX);
    assert_int_equal(dw__rate_box_list(*state, NOW + 60 * SECOND, held), 0);
}

/* A writer that died: its note is not believed, and is free a second later. */
static void half_written(void **state)
{
    struct rate_table *table = *state;
    struct rate_note *note = NULL;

    hold(table, 1, NOW, NOW + 60 * SECOND);
    for (size_t i = 0; i < DW__RATE_BOX; i++)
        if (table->shared->box[i].until_ns != 0)
            note = &table->shared->box[i];
    assert_non_null(note);
    note->until_ns = NOW + SECOND;
    assert_int_equal(dw__rate_box_list(table, NOW, held), 0);
    hold(table, 1, NOW + SECOND, NOW + 70 * SECOND);
    assert_int_equal(dw__rate_box_list(table, NOW + SECOND, held), 1);
    note->key.who[3] ^= 1;
    assert_int_equal(dw__rate_box_list(table, NOW + SECOND, held), 0);
    memset(table->shared->box, 0xff, sizeof table->shared->box);
    assert_int_equal(dw__rate_box_list(table, NOW, held), 0);
    hold(table, 2, NOW, NOW + 60 * SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_who_is_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_than_there_is_room_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_written, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
