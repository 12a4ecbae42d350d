/* os/fiber_switch.h -- what os/fiber.c and the assembler file of a machine tell each other. */
#ifndef DW_OS_FIBER_SWITCH_H
#define DW_OS_FIBER_SWITCH_H

#include <stdint.h>

#include "os/fiber.h"

/* Stores the present context's stack pointer in *save and goes on with the context whose stack pointer is `load`. */
void dw__fiber_switch(void **save, void *load);
/* The first frame of a fiber; never called from C. */
void dw__fiber_base(void);
/* This thread's shadow stack pointer, 0 when the kernel keeps none for it. */
uintptr_t dw__fiber_shadow_stack(void);
/* Called by the first frame; does not return. */
__attribute__((noreturn)) void dw__fiber_main(struct fiber *fiber);

#endif
