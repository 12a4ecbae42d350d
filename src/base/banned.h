/* base/banned.h -- functions that do not compile here.
 *
 * The build includes this in front of every source of src/ and apps/ (-include base/banned.h).  A call of a banned function
 * becomes a name that nobody declared, and the name says what to use.  The headers that declare them come first, so
 * that system headers can be included afterwards as always; they come with all of glibc's declarations, since they cannot
 * be had later. Names are only replaced where they are called: a member called `random` is fine. */
#ifndef DW_BASE_BANNED_H
#define DW_BASE_BANNED_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

/* Write without knowing how much room there is, or without ending what they write. */
#undef strcpy
#define strcpy(...) BANNED_strcpy_use_dw__buf_put
#undef stpcpy
#define stpcpy(...) BANNED_stpcpy_use_dw__buf_put
#undef strcat
#define strcat(...) BANNED_strcat_use_dw__buf_put
#undef strncpy
#define strncpy(...) BANNED_strncpy_use_dw__buf_put
#undef stpncpy
#define stpncpy(...) BANNED_stpncpy_use_dw__buf_put
#undef strncat
#define strncat(...) BANNED_strncat_use_dw__buf_put
#undef sprintf
#define sprintf(...) BANNED_sprintf_use_snprintf_or_dw__buf_format
#undef vsprintf
#define vsprintf(...) BANNED_vsprintf_use_vsnprintf
#undef gets
#define gets(...) BANNED_gets_use_read
#undef alloca
#define alloca(...) BANNED_alloca_use_an_arena
#undef strdupa
#define strdupa(...) BANNED_strdupa_use_an_arena
#undef strndupa
#define strndupa(...) BANNED_strndupa_use_an_arena

/* Read numbers without saying that there was none, or that it was too large. */
#undef atoi
#define atoi(...) BANNED_atoi_use_dw__text_i64
#undef atol
#define atol(...) BANNED_atol_use_dw__text_i64
#undef atoll
#define atoll(...) BANNED_atoll_use_dw__text_i64
#undef atof
#define atof(...) BANNED_atof_use_strtod

#undef scanf
#define scanf(...) BANNED_scanf_use_dw__text_u64
#undef fscanf
#define fscanf(...) BANNED_fscanf_use_dw__text_u64
#undef sscanf
#define sscanf(...) BANNED_sscanf_use_dw__text_u64
#undef vscanf
#define vscanf(...) BANNED_vscanf_use_dw__text_u64
#undef vfscanf
#define vfscanf(...) BANNED_vfscanf_use_dw__text_u64
#undef vsscanf
#define vsscanf(...) BANNED_vsscanf_use_dw__text_u64

/* Keep state between calls, or give out memory that the next call overwrites. */
#undef strtok
#define strtok(...) BANNED_strtok_use_dw__text_cut
#undef strtok_r
#define strtok_r(...) BANNED_strtok_r_use_dw__text_cut
#undef asctime
#define asctime(...) BANNED_asctime_use_dw__rfc3339
#undef asctime_r
#define asctime_r(...) BANNED_asctime_r_use_dw__rfc3339
#undef ctime
#define ctime(...) BANNED_ctime_use_dw__rfc3339
#undef ctime_r
#define ctime_r(...) BANNED_ctime_r_use_dw__rfc3339
#undef gmtime
#define gmtime(...) BANNED_gmtime_use_gmtime_r
#undef localtime
#define localtime(...) BANNED_localtime_use_gmtime_r
#undef inet_ntoa
#define inet_ntoa(...) BANNED_inet_ntoa_use_inet_ntop
#undef gethostbyname
#define gethostbyname(...) BANNED_gethostbyname_use_getaddrinfo
#undef gethostbyaddr
#define gethostbyaddr(...) BANNED_gethostbyaddr_use_getnameinfo

/* Start a shell. */
#undef system
#define system(...) BANNED_system_use_execve
#undef popen
#define popen(...) BANNED_popen_use_execve

/* Make a name that another may take first. */
#undef tmpnam
#define tmpnam(...) BANNED_tmpnam_use_O_TMPFILE
#undef tempnam
#define tempnam(...) BANNED_tempnam_use_O_TMPFILE
#undef mktemp
#define mktemp(...) BANNED_mktemp_use_mkstemp

/* Can be guessed. */
#undef rand
#define rand(...) BANNED_rand_use_dw_random
#undef srand
#define srand(...) BANNED_srand_use_dw_random
#undef rand_r
#define rand_r(...) BANNED_rand_r_use_dw_random
#undef random
#define random(...) BANNED_random_use_dw_random
#undef srandom
#define srandom(...) BANNED_srandom_use_dw_random
#undef drand48
#define drand48(...) BANNED_drand48_use_dw_random
#undef lrand48
#define lrand48(...) BANNED_lrand48_use_dw_random

#endif
