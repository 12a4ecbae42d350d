// A UUID is no text.
// expect: incompatible|initializing
#include <dw/dw.h>

DW_SCHEMA(note, (dw_uuid, id));
note make(void);
note make(void)
{
    return (note){.id = DW_TEXT("919108f7-52d1-4320-9bac-f847db4148a8")};
}
