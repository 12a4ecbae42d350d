/* base/asan.h -- telling AddressSanitizer which of our memory may be touched; nothing in other builds. */
#ifndef DW_BASE_ASAN_H
#define DW_BASE_ASAN_H

#if defined(__SANITIZE_ADDRESS__)
#define DW__ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DW__ASAN 1
#endif
#endif
#ifndef DW__ASAN
#define DW__ASAN 0
#endif

#if DW__ASAN
#include <sanitizer/asan_interface.h>
/* From here on, touching the n bytes at p is an error (poison) or allowed (unpoison). */
#define dw__poison(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define dw__unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define dw__poison(p, n) ((void)(p), (void)(n))
#define dw__unpoison(p, n) ((void)(p), (void)(n))
#endif

#endif
