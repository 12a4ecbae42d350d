/* vectors.h -- public test vectors from outside the repository: DW_VECTORS, by default ../shared/vectors beside it. */
#ifndef TESTS_UNIT_VECTORS_H
#define TESTS_UNIT_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <dw/types.h>

/* The JSON document `name` ("wycheproof/x.json"), the caller's to json_decref; NULL when the folder has none, after saying so.
 * A file that is no JSON ends the test. */
static inline json_t *vectors_load(const char *name)
{
    const char *dir = getenv("DW_VECTORS");
    char path[4096];
    json_error_t error;

    snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : "../shared/vectors", name);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        printf("# %s: no such vectors, all rows skipped\n", path);
        return NULL;
    }
    json_t *doc = json_loadf(f, JSON_ALLOW_NUL, &error);
    fclose(f);
    if (doc == NULL) {
        fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
        abort();
    }
    return doc;
}

/* The member `key` of `row`, hexadecimal, as malloced bytes; aborts when it is something else. */
static inline dw_bytes vectors_hex(const json_t *row, const char *key)
{
    const char *hex = json_string_value(json_object_get(row, key));
    if (hex == NULL)
        abort();
    const size_t n = strlen(hex) / 2;
    uint8_t *p = malloc(n + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned v;
        if (p == NULL || sscanf(hex + 2 * i, "%2x", &v) != 1)
            abort();
        p[i] = (uint8_t)v;
    }
    return (dw_bytes){p, n};
}

static inline int vectors_valid(const json_t *row)
{
    return strcmp(json_string_value(json_object_get(row, "result")), "valid") == 0;
}

static inline int vectors_id(const json_t *row)
{
    return (int)json_integer_value(json_object_get(row, "tcId"));
}

/* for each `row` of each `group` of `doc`. */
#define VECTORS_EACH(doc, group, row)                                           \
    const json_t *group, *row;                                                  \
    size_t group##_at, row##_at;                                                \
    json_array_foreach(json_object_get((doc), "testGroups"), group##_at, group) \
        json_array_foreach(json_object_get(group, "tests"), row##_at, row)

#endif
