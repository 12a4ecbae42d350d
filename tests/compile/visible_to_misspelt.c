// A role that a field is for is a member of the application's enum.
// expect: role_edtor
#include <dw/dw.h>

enum { role_viewer, role_editor };

DW_SCHEMA(note, (dw_text, title, .visible_to = DW_ROLES(edtor)));
