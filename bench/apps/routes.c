/* bench/apps/routes.c -- an application with ROUTES routes that all say hello: what a request costs must not depend on how many there are. */
#include <dw/dw.h>

DW_SCHEMA(hello_out, (dw_text, message));

static dw_err hello(dw_req *req, const dw_nothing *in, hello_out *out)
{
    (void)req, (void)in;
    out->message = DW_TEXT("Hello, world");
    return DW_OK;
}
DW_HANDLER(hello, dw_nothing, hello_out);

/* Ten routes below each prefix; a digit more at each level. */
#define R1(p) DW_GET(p, hello, DW_PUBLIC("the smallest reply")),
#define TEN(m, p) m(p "0") m(p "1") m(p "2") m(p "3") m(p "4") m(p "5") m(p "6") m(p "7") m(p "8") m(p "9")
#define R10(p) TEN(R1, p)
#define AGAIN(m, p) m(p "0") m(p "1") m(p "2") m(p "3") m(p "4") m(p "5") m(p "6") m(p "7") m(p "8") m(p "9")
#define R100(p) AGAIN(R10, p)
#define MORE(m, p) m(p "0") m(p "1") m(p "2") m(p "3") m(p "4") m(p "5") m(p "6") m(p "7") m(p "8") m(p "9")
#define R1000(p) MORE(R100, p)
#define MOST(m, p) m(p "0") m(p "1") m(p "2") m(p "3") m(p "4") m(p "5") m(p "6") m(p "7") m(p "8") m(p "9")
#define R10000(p) MOST(R1000, p)
#define MANY_(n, p) R##n(p)
#define MANY(n, p) MANY_(n, p)

static const dw_route routes[] = {MANY(ROUTES, "/hello/")};
static const dw_blueprint all = DW_BLUEPRINT("", routes);

int main(int argc, char **argv)
{
    static const dw_blueprint *const blueprints[] = {&all, NULL};
    static const dw_app app = {.name = "routes", .version = "0.1.0", .blueprints = blueprints};

    return dw_main(argc, argv, &app);
}
