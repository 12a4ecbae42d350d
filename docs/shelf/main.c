/* main.c -- what Shelf is: its roles, its tables, its commands. */
#include "shelf.h"

static const char *const roles[] = {"reader", "keeper", NULL};

DW_MIGRATIONS(shelf);

/* The account of a token's subject, looked up with every request. */
DW_QUERY(member_by_uid, dw_principal_key, dw_principal_row, "SELECT id, uid, name, roles FROM members WHERE uid = :uid");

int main(int argc, char **argv)
{
    return dw_main(argc, argv, &(const dw_app){
        .name = "shelf",
        .version = "1.0",
        .roles = roles,
        .migrations = shelf_migrations,
        .owned = (const dw_owned[]){DW_OWNED(loans, member), {0}},
        .principal = &member_by_uid,
        .blueprints = (const dw_blueprint *const[]){&books, &members, &replies, &orders, NULL},
        .on_error = &replies_to_errors,
        .messages = DW_MESSAGES(DW_SAY_IN("de", "required", "Pflichtfeld."), DW_SAY_IN("de", "range", "Von {min} bis {max}.")),
        .commands = (const dw_command[]){{"join", join, "add a member: NAME ROLE, the password on standard input"}, {0}},
    });
}
