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

        .globl  dw__password_list_end
        .hidden dw__password_list_end
        .type   dw__password_list_end, %object
dw__password_list_end:
        .byte   0
        .size   dw__password_list_end, 1

        .section .note.GNU-stack, "", %progbits
