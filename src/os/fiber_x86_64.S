/* os/fiber_x86_64.S -- the switch between two stacks, and the first frame of a fiber.  System V ABI.
 *
 * A stopped context is a stack pointer; above it lie, from low to high, r15 r14 r13 r12 rbx rbp and the address to go on at.
 * (os/fiber.c writes the same by hand for a new fiber.)  Everything else belongs to the caller of a function, and this is one.
 * mxcsr and the x87 control word are not saved: nothing here changes them. */
#if defined(__x86_64__)

#include <cet.h>

        .text

/* void dw__fiber_switch(void **save, void *load): keeps the present context in *save and goes on with `load`. */
        .globl  dw__fiber_switch
        .hidden dw__fiber_switch
        .type   dw__fiber_switch, @function
        .p2align 4
dw__fiber_switch:
        .cfi_startproc
        _CET_ENDBR
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0
        movq    %rsp, (%rdi)
        movq    %rsi, %rsp
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbp
        /* Not `ret`: the processor would predict a return to the caller of this switch, and be wrong each time (10 ns). */
        popq    %rcx
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rcx
        notrack jmp *%rcx
        .cfi_endproc
        .size   dw__fiber_switch, . - dw__fiber_switch

/* Where a new fiber begins, with the fiber in r12 and rsp a multiple of 16.  There is no caller: an unwinder stops here. */
        .globl  dw__fiber_base
        .hidden dw__fiber_base
        .type   dw__fiber_base, @function
        .p2align 4
dw__fiber_base:
        .cfi_startproc
        .cfi_undefined %rip
        .cfi_undefined %rbp
        _CET_ENDBR
        movq    %r12, %rdi
        call    dw__fiber_main
        ud2
        .cfi_endproc
        .size   dw__fiber_base, . - dw__fiber_base

/* uintptr_t dw__fiber_shadow_stack(void): this thread's shadow stack pointer; 0 when it has none (rdssp is then a no-op). */
        .globl  dw__fiber_shadow_stack
        .hidden dw__fiber_shadow_stack
        .type   dw__fiber_shadow_stack, @function
        .p2align 4
dw__fiber_shadow_stack:
        .cfi_startproc
        _CET_ENDBR
        xorl    %eax, %eax
        rdsspq  %rax
        ret
        .cfi_endproc
        .size   dw__fiber_shadow_stack, . - dw__fiber_shadow_stack

        .hidden dw__fiber_main

#endif

        .section .note.GNU-stack, "", %progbits
