/* auth/password_policy.h -- which passwords are good enough to be set: NIST SP 800-63B-4 §3.1.1.2.
 *
 * Long, and none that is known: no rules about kinds of characters, and none about age. Pure, and without memory of its own. */
#ifndef DW_AUTH_PASSWORD_POLICY_H
#define DW_AUTH_PASSWORD_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include <dw/auth.h>
#include <dw/types.h>

/* Characters of a password. */
#define DW__PASSWORD_CHARS_MIN 15u
#define DW__PASSWORD_CHARS_MIN_MFA 8u /* where nobody gets in with a password alone */
#define DW__PASSWORD_CHARS_MAX 128u
/* What must be left of a password when the names that are in it are taken out. */
#define DW__PASSWORD_BESIDE_NAMES 8u

enum password_verdict {
    PASSWORD_GOOD = 1,
    PASSWORD_LENGTH,   /* too short or too long */
    PASSWORD_COMMON,   /* on the list */
    PASSWORD_REPEATED, /* one piece said over and over, or fewer than five different characters */
    PASSWORD_NAMES     /* names, and little beside them */
};

/* What is wrong with `password` (valid UTF-8 of any length). `names` are those of its owner and of the service: names, addresses; parts of fewer than three
 * letters and digits are passed over. The time depends on the password. */
enum password_verdict dw__password_judge(dw_secret password, bool with_second_factor, const dw_text *names,
                                         size_t n_names);

/* Whether `key`, lower-case and without spaces and punctuation, is on the list. */
bool dw__password_listed(dw_text key);

#endif
