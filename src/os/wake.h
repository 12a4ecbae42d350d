/* os/wake.h -- an eventfd that another process sleeps on. */
#ifndef DW_OS_WAKE_H
#define DW_OS_WAKE_H

/* Makes it readable. 0: there is none. Never blocks, never fails: one that is full is as good as written. */
void dw__wake(int fd);
/* Makes it unreadable again. */
void dw__wake_seen(int fd);

#endif
