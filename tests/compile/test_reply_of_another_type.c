// A reply is read into a struct of the schema that is named, and no other.
// expect: note_out|another_out
#include <dw/dw.h>
#include <dw/test.h>

DW_SCHEMA(note_out, (int64_t, id));
DW_SCHEMA(another_out, (int64_t, id));

void look(dw_test *t);
void look(dw_test *t)
{
    another_out out;
    DW_TEST_REPLY(t, note_out, &out);
}
