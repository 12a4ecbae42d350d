/* test_first.c -- the first application, tested whole: no server, no socket, no file. */
#include <dw/dw.h>
#include <dw/test.h>

extern const dw_app first;

/* What a client relies on, said once more: a field more or less in a reply, and the test fails. */
DW_SCHEMA(note, (int64_t, id), (dw_text, title), (bool, done), (dw_text, made_at));
DW_LIST(notes, note);
DW_SCHEMA(list, (notes, notes));

/* Tests have statements too. */
DW_QUERY(meet, dw_principal_key, dw_nothing, "INSERT INTO people (uid, name) VALUES (:uid, :uid)");

static dw_test *begin(void)
{
    dw_test *t = dw_test_new(&first);

    DW_TEST_THAT(t, DW_EXEC(dw_test_ctx(t), meet, &(dw_principal_key){.uid = DW_TEXT("ann")}, NULL) == DW_OK);
    DW_TEST_THAT(t, DW_EXEC(dw_test_ctx(t), meet, &(dw_principal_key){.uid = DW_TEXT("ben")}, NULL) == DW_OK);
    dw_test_as(t, "ann");
    return t;
}

static void a_note_is_written_and_read(void)
{
    dw_test *t = begin();
    note written, read;

    dw_test_clock(t, 1000000000);
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    DW_TEST_STATUS(t, 201);
    DW_TEST_REPLY(t, note, &written);
    DW_TEST_THAT(t, dw_text_is(written.title, "Milk") && !written.done);
    DW_TEST_THAT(t, dw_text_is(written.made_at, "2001-09-09T01:46:40Z"));

    DW_TEST_GET(t, dw_test_format(t, "/v1/notes/%lld", (long long)written.id));
    DW_TEST_REPLY(t, note, &read);
    DW_TEST_THAT(t, dw_text_eq(read.title, written.title));
    dw_test_free(t);
}

static void notes_are_their_writer_s(void)
{
    dw_test *t = begin();
    list mine;

    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    dw_test_as(t, "ben");
    DW_TEST_GET(t, "/v1/notes/1");
    DW_TEST_STATUS(t, 404);
    DW_TEST_GET(t, "/v1/notes");
    DW_TEST_REPLY(t, list, &mine);
    DW_TEST_THAT(t, mine.notes.n == 0);
    dw_test_as(t, NULL);
    DW_TEST_GET(t, "/v1/notes");
    DW_TEST_STATUS(t, 401);
    dw_test_free(t);
}

static void what_is_wrong_is_refused(void)
{
    dw_test *t = begin();

    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\",\"owner\":2}");
    DW_TEST_STATUS(t, 400);
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"\",\"done\":1}");
    DW_TEST_STATUS(t, 422);
    dw_test_free(t);
}

int main(void)
{
    a_note_is_written_and_read();
    notes_are_their_writer_s();
    what_is_wrong_is_refused();
    return 0;
}
