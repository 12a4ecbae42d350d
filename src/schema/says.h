/* schema/says.h -- what a client is told of a broken rule: codes, sentences, other words and languages for them. */
#ifndef DW_SCHEMA_SAYS_H
#define DW_SCHEMA_SAYS_H

#include "schema/bind.h"

/* Appends the sentence for `fault`: the field's message in `language`, the application's in it, the field's for everyone, the application's
 * for everyone, what the application's check said, ours. */
void dw__says(struct buf *out, const struct bind_fault *fault, const dw_message *messages,
              const char *language);

/* DW_INTERNAL and a sentence in `why` for a message (.says) of a rule that `type` does not have, or with a {placeholder} that stands for
 * nothing. */
DW_MUST dw_err dw__says_check(const struct plan_type *type, struct buf *why);
/* The same for the messages of an application, which may be about any rule. */
DW_MUST dw_err dw__says_check_all(const dw_message *messages, struct buf *why);

#endif
