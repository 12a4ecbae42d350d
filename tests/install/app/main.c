/* main.c -- the smallest application: one public route, one migration, one statement. */
#include <dw/dw.h>

DW_MIGRATIONS(tiny);

DW_SCHEMA(tiny_out, (dw_text, greeting));
DW_QUERY(tiny_count, dw_nothing, tiny_out, "SELECT 'hello' AS greeting");

static dw_err greet(dw_req *req, const dw_nothing *in, tiny_out *out)
{
    (void)req, (void)in;
    *out = (tiny_out){.greeting = DW_TEXT("hello"), .has.greeting = true};
    return DW_OK;
}
DW_HANDLER(greet, dw_nothing, tiny_out);

static const dw_route routes[] = {
    DW_GET("/greeting", greet, DW_PUBLIC("says hello to everyone")),
};
static const dw_blueprint tiny = DW_BLUEPRINT("/v1", routes);

int main(int argc, char **argv)
{
    return dw_main(argc, argv,
                   &(const dw_app){
                       .name = "tiny",
                       .migrations = tiny_migrations,
                       .blueprints = (const dw_blueprint *const[]){&tiny, NULL},
                   });
}
