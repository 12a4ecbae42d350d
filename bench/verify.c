/* bench/verify.c -- what it costs to verify a signed token by each algorithm, in microseconds of processor time, as JSON.
 *
 * Each file holds keys on its first line and a JWS behind it, as the corpus of the fuzz harness has them.  The keys are read once, as an
 * application does; then the token is taken apart and verified again and again by the functions that serve requests.  Median of 5.
 * Usage: verify ROUNDS FILE… */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/jws.h"
#include "base/check.h"
#include "crypto/init.h"

#define TIMES 5
#define FILE_MAX 16384

static double now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* of ours only, whatever else runs */
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Keys and token of a file, whose bytes stay in `bytes`. */
static void read_file(const char *path, char bytes[static FILE_MAX], dw_text *keys, dw_text *token)
{
    FILE *f = fopen(path, "rb");
    size_t n = f != NULL ? fread(bytes, 1, FILE_MAX, f) : 0;
    const char *line = memchr(bytes, '\n', n);

    if (line == NULL) {
        (void)fprintf(stderr, "bench verify: %s: no keys on a first line\n", path);
        exit(1);
    }
    (void)fclose(f);
    *keys = (dw_text){bytes, (size_t)(line - bytes)};
    *token = (dw_text){line + 1, n - keys->n - 1};
}

static void verify_once(const struct jwk_set *keys, dw_text token)
{
    struct arena arena;
    struct jws jws;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    DW__CHECK(dw__jws_parse(token, &arena, &jws) == DW_OK);
    DW__CHECK(dw__jws_verify(keys, &jws) == DW_OK);
    dw__arena_release(&arena);
}

static double measure(const char *path, unsigned long rounds)
{
    static char bytes[FILE_MAX];
    struct arena arena;
    struct jwk_set keys;
    dw_text json, token;
    double us[TIMES];

    read_file(path, bytes, &json, &token);
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    DW__CHECK(dw__jwk_set_parse(json, &arena, &keys) == DW_OK);
    for (size_t i = 0; i < TIMES; i++) {
        double begin = now_us();

        for (unsigned long k = 0; k < rounds; k++)
            verify_once(&keys, token);
        us[i] = (now_us() - begin) / (double)rounds;
    }
    dw__jwk_set_release(&keys);
    dw__arena_release(&arena);
    qsort(us, TIMES, sizeof us[0], by_size);
    return us[TIMES / 2];
}

int main(int argc, char **argv)
{
    unsigned long rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;

    if (rounds == 0) {
        puts("usage: verify ROUNDS FILE…\nVerifies the token of each file, keys on its first line, ROUNDS "
             "times.");
        return 64;
    }
    if (dw__crypto_init() != DW_OK)
        return 70;
    putchar('{');
    for (int i = 2; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');

        printf("%s\"%s\": %.3f", i > 2 ? ", " : "", slash != NULL ? slash + 1 : argv[i],
               measure(argv[i], rounds));
    }
    puts("}");
    return 0;
}
