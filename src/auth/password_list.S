/* auth/password_list.S -- common passwords, as script/lib/password_list.py wrote them: lines, sorted by their bytes. See password_policy.c. */
#if defined(__x86_64__)
#include <cet.h>
#endif

        .section .rodata
        .globl  dw__password_list
        .hidden dw__password_list
        .type   dw__password_list, %object
dw__password_list:
        .incbin DW_PASSWORD_LIST
        .size   dw__password_list, . - dw__password_list
        .set    dw__password_list_size_of, . - dw__password_list

        .globl  dw__password_list_size
        .hidden dw__password_list_size
        .type   dw__password_list_size, %object
        .p2align 3
dw__password_list_size:
        .quad   dw__password_list_size_of
        .size   dw__password_list_size, 8

        .section .note.GNU-stack, "", %progbits
