/* codec/ip.h -- IP addresses as text. The rest is in <dw/values.h>. */
#ifndef DW_CODEC_IP_H
#define DW_CODEC_IP_H

#include <dw/values.h>

#define DW__IP_SIZE 46

/* The text of v into out, no NUL; its length, 0 when v is none. */
size_t dw__ip_write(dw_ip v, char out[static DW__IP_SIZE]);

#endif
