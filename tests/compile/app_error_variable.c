// The sentence of an error is a literal: nothing from a request can be in it.
// expect: expected
#define DW_APP_ERRORS(X) X(SOLD_OUT, 1000, 409, "sold_out", sentence)
#include <dw/dw.h>

extern const char *sentence;

int main(int argc, char **argv)
{
    return dw_main(argc, argv, &(const dw_app){.name = "shop"});
}
