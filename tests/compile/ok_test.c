// All of <dw/test.h>, as an application's test uses it.
#include <dw/dw.h>
#include <dw/test.h>

DW_SCHEMA(note_out, (int64_t, id));

void look(const dw_app *app);
void look(const dw_app *app)
{
    static const char *const settings[] = {"MAX_CONTENT_LENGTH", "1K", NULL};
    dw_test *t = dw_test_new(app), *other = dw_test_new(app, .settings = settings);
    const dw_test_reply *reply;
    note_out out;

    dw_test_as(t, "ann");
    dw_test_clock(t, 1000000000);
    dw_test_with(t, "Accept", "text/html");
    reply = DW_TEST_GET(t, dw_test_format(t, "/v1/notes/%d", 7));
    DW_TEST_STATUS(t, 200);
    DW_TEST_THAT(t, dw_test_header(reply, "etag").n > 0 && reply->body.n > 0);
    DW_TEST_REPLY(t, note_out, &out);
    DW_TEST_HEAD(t, "/");
    DW_TEST_DELETE(t, "/");
    DW_TEST_POST(t, "/", "{}");
    DW_TEST_PUT(t, "/", "{}");
    DW_TEST_PATCH(t, "/", NULL);
    DW_TEST_SEND(t, "OPTIONS", "/", DW_TEXT("x"));
    DW_TEST_RAW(t, DW_TEXT("GET / HTTP/1.1\r\n\r\n"));
    DW_TEST_THAT(t, dw_test_logged(t, "note.made") == 0 && dw_test_log(t).n > 0);
    dw_test_forget_log(t);
    DW_TEST_THAT(t, dw_now_unix(dw_test_ctx(t)) > 0);
    dw_test_free(other);
    dw_test_free(t);
}
