// A default that the enum does not have.
// expect: undeclared
#include <dw/dw.h>

DW_ENUM(currency, USD, EUR);
DW_SCHEMA(note, (currency, c, DW_DEFAULT(currency_GBP)));
