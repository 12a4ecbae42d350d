/* app/asvs_table.S -- asvs.txt as it stands, in the program. See asvs.h. */
#if defined(__x86_64__)
#include <cet.h>
#endif

        .section .rodata
        .globl  dw__asvs_table
        .hidden dw__asvs_table
        .type   dw__asvs_table, %object
dw__asvs_table:
        .incbin DW_ASVS_TABLE
        .size   dw__asvs_table, . - dw__asvs_table
        .set    dw__asvs_table_size_of, . - dw__asvs_table

        .globl  dw__asvs_table_size
        .hidden dw__asvs_table_size
        .type   dw__asvs_table_size, %object
        .p2align 3
dw__asvs_table_size:
        .quad   dw__asvs_table_size_of
        .size   dw__asvs_table_size, 8

        .section .note.GNU-stack, "", %progbits
