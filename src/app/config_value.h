/* app/config_value.h -- from the text of a setting to its value: pure, the same for a flag and for a child's bytes. */
#ifndef DW_APP_CONFIG_VALUE_H
#define DW_APP_CONFIG_VALUE_H

#include "app/config.h"

/* Bytes of the longest text of any setting but a secret, and of the phrase that says what is wrong with one. */
#define DW__SETTING_TEXT_MAX 4096u
#define DW__SETTING_WHY 160

/* Empties *config; its memory allocates nothing yet. */
void dw__config_init(struct config *config);
/* Reads `value` as `setting` says, into its member and text[] of config, with copies in config's memory.  false: `why` is a phrase
 * that goes on after the value ("is not a whole number from 1 to 64") and has nothing of the value in it. */
DW_MUST bool dw__setting_parse(enum setting setting, dw_text value, struct config *config,
                               char why[static DW__SETTING_WHY]);
/* Fills in what follows from other settings. False: `why` says what they contradict, *setting which one. */
DW_MUST bool dw__config_finish(struct config *config, enum setting *setting,
                               char why[static DW__SETTING_WHY]);

#endif
