/* coffer/main.c -- Coffer: the reference application of Dewar. */
#include "coffer.h"

int main(int argc, char **argv)
{
    return dw_main(argc, argv, &coffer);
}
