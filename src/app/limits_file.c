/* app/limits_file.c -- see limits_file.h.
 *
 * The file: a head with the table's time and the clock's when it was written, what stands in the table, and a tag (HMAC-SHA-256) over both.  The table has a time of its own, which goes on
 * from there by as much as the clock says has passed; a clock that was set back holds a count longer, by its limit's time at most. */
#include "app/limits_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/list.h"
#include "base/text.h"
#include "crypto/compare.h"
#include "crypto/hmac.h"
#include "guard/rate_table.h"
#include "os/file.h"
#include "os/memfd.h"

#define TAG 32u
#define MAC_KEY 32u
#define KEYS (DW__RATE_TABLE_KEY + MAC_KEY)
#define MS_NS UINT64_C(1000000)

static const char magic[16] = "dewar limits 01";

struct head {
    char magic[16];
    uint64_t size; /* of the memory */
    uint64_t time_ns;
    int64_t unix_ms;
};

struct limits_file {
    char *path;
    void *memory;
    size_t size;
    struct hmac_key *mac;
    struct log *log;
    struct loop *loop;
    struct timer timer;
    uint64_t every_ns;
    void (*wrote)(void *self, bool kept);
    void *self;
};

/* ---- as bytes ---- */

static size_t file_size(const struct limits_file *f)
{
    return sizeof(struct head) + dw__rate_table_content(f->memory, f->size).n + TAG;
}

/* NULL, or why `text` is none of ours under this key. */
static const char *judge(const struct limits_file *f, dw_text text)
{
    const uint8_t *p = (const uint8_t *)text.p;
    struct head head;

    if (text.n < sizeof head || memcmp(text.p, magic, sizeof magic) != 0)
        return "it is not a file of limits, or of another version";
    memcpy(&head, text.p, sizeof head);
    if (head.size != f->size || text.n != file_size(f))
        return "it is of another size: RATE_LIMIT_KEYS was another, or it is not whole";
    if (dw__hmac_verify(f->mac, (dw_bytes){p, text.n - TAG}, (dw_bytes){p + text.n - TAG, TAG}) != DW_OK)
        return "it is damaged, or its key is none of DATA_KEYS any more";
    return NULL;
}

/* Puts the content of a file that was judged back. */
static void put_back(struct limits_file *f, const uint8_t key[static DW__RATE_TABLE_KEY], dw_text text)
{
    const dw_bytes content = dw__rate_table_content(f->memory, f->size);
    const struct clock *clock = dw__loop_clock(f->loop);
    struct head head;
    uint64_t passed_ns;

    memcpy(&head, text.p, sizeof head);
    passed_ns = clock->unix_ms > head.unix_ms ? (uint64_t)(clock->unix_ms - head.unix_ms) * MS_NS : 0;
    memcpy((uint8_t *)f->memory + (content.p - (const uint8_t *)f->memory), text.p + sizeof head, content.n);
    dw__rate_table_go_on(f->memory, key, clock->mono_ns, head.time_ns + passed_ns);
}

/* ---- keys: of each root one that counts are hashed with, and one for the tag ---- */

static dw_err use_root(struct limits_file *f, const struct keyring *ring, size_t root,
                       uint8_t keys[static KEYS])
{
    dw_err err = dw__keyring_derive(ring, root, KEY_LIMITS, keys, KEYS);

    dw__hmac_key_free(f->mac);
    f->mac = NULL;
    return err != DW_OK
               ? err
               : dw__hmac_key_new(&f->mac, HMAC_SHA256, (dw_bytes){keys + DW__RATE_TABLE_KEY, MAC_KEY});
}

/* Goes on with `text` under the root that it was made under, else begins under the newest; *why then says why not. */
static dw_err take(struct limits_file *f, const struct keyring *ring, dw_text text, const char **why)
{
    const uint64_t now = dw__loop_clock(f->loop)->mono_ns;
    uint8_t keys[KEYS];
    dw_err err = DW_OK;

    *why = "";
    for (size_t root = 0; root < dw__keyring_count(ring) && *why != NULL; root++) {
        if ((err = use_root(f, ring, root, keys)) != DW_OK)
            break;
        *why = judge(f, text);
        if (*why == NULL)
            put_back(f, keys, text);
    }
    if (err == DW_OK && *why != NULL && (err = use_root(f, ring, 0, keys)) == DW_OK)
        dw__rate_table_go_on(f->memory, keys, now, now);
    dw__wipe(keys, sizeof keys);
    return err;
}

/* ---- the file ---- */

static dw_err load(struct limits_file *f, const struct keyring *ring)
{
    struct arena arena;
    dw_text text = {"", 0};
    const char *why;
    dw_err read, err;

    dw__arena_init(&arena, NULL, file_size(f) + ((size_t)1 << 20));
    read = dw__file_read(&arena, f->path, file_size(f), &text);
    if (read != DW_OK)
        text = (dw_text){"", 0};
    err = take(f, ring, text, &why);
    if (err == DW_OK && why == NULL)
        DW__EVENT(f->log, NULL, DW_LOG_LEVEL_INFO, "limit.restored", DW_KV(file, dw__text_of(f->path)));
    else if (err == DW_OK && read != DW_NOT_FOUND)
        DW__EVENT(f->log, NULL, DW_LOG_LEVEL_WARN, "limit.not_restored", DW_KV(file, dw__text_of(f->path)),
                  DW_KV(why, read == DW_OK          ? why
                             : read == DW_TOO_LARGE ? "it is of another size: RATE_LIMIT_KEYS was another"
                                                    : "it cannot be read"));
    dw__arena_release(&arena);
    return err;
}

static dw_err wait_for_time(struct limits_file *f)
{
    return f->every_ns == 0
               ? DW_OK
               : dw__timer_set(f->loop, &f->timer, dw__loop_clock(f->loop)->mono_ns + f->every_ns);
}

static void on_time(struct timer *timer)
{
    struct limits_file *f = DW__LIST_ENTRY(timer, struct limits_file, timer);

    dw__limits_file_write(f);
    if (wait_for_time(f) != DW_OK)
        return; /* then when the server has ended */
}

static dw_err map(struct limits_file *f, int fd)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || st.st_size <= 0)
        return DW_UNAVAILABLE;
    f->size = (size_t)st.st_size;
    return dw__shared_map(fd, f->size, true, &f->memory);
}

dw_err dw__limits_file_new(struct limits_file **out, const struct limits_file_config *config)
{
    struct limits_file *f = calloc(1, sizeof *f);
    dw_err err = DW_UNAVAILABLE;

    *out = NULL;
    if (f == NULL)
        return err;
    f->log = config->log;
    f->loop = config->loop;
    f->wrote = config->wrote;
    f->self = config->self;
    f->every_ns = config->every_ms * MS_NS;
    f->timer.fn = on_time;
    f->path = strndup(config->path.p, config->path.n);
    if (f->path != NULL && (err = map(f, config->limits)) == DW_OK)
        err = load(f, config->ring);
    if (err == DW_OK)
        err = wait_for_time(f);
    if (err != DW_OK) {
        dw__limits_file_free(f);
        return err;
    }
    *out = f;
    return DW_OK;
}

/* Workers may go on counting meanwhile: a count that is torn is believed for its limit's time at most, like any other. */
static dw_err compose(struct limits_file *f, uint8_t *p)
{
    const dw_bytes content = dw__rate_table_content(f->memory, f->size);
    const struct clock *clock = dw__loop_clock(f->loop);
    struct head head = {.size = f->size,
                        .time_ns = dw__rate_table_time(f->memory, clock->mono_ns),
                        .unix_ms = clock->unix_ms};
    uint8_t tag[DW__HMAC_MAX];
    dw_err err;

    memcpy(head.magic, magic, sizeof magic);
    memcpy(p, &head, sizeof head);
    memcpy(p + sizeof head, content.p, content.n);
    err = dw__hmac(f->mac, (dw_bytes){p, sizeof head + content.n}, tag);
    memcpy(p + sizeof head + content.n, tag, TAG);
    return err;
}

void dw__limits_file_write(struct limits_file *file)
{
    uint8_t *p = malloc(file_size(file));
    dw_err err = p != NULL ? compose(file, p) : DW_UNAVAILABLE;

    if (err == DW_OK)
        err = dw__file_write(file->path, p, file_size(file), 0600);
    if (err != DW_OK)
        DW__EVENT(file->log, NULL, DW_LOG_LEVEL_ERROR, "limit.not_kept", DW_KV(file, dw__text_of(file->path)),
                  DW_KV(why, dw_err_code(err)));
    free(p);
    if (file->wrote != NULL)
        file->wrote(file->self, err == DW_OK);
}

void dw__limits_file_free(struct limits_file *file)
{
    if (file == NULL)
        return;
    dw__timer_clear(file->loop, &file->timer);
    dw__hmac_key_free(file->mac);
    if (file->memory != NULL)
        dw__shared_unmap(file->memory, file->size);
    free(file->path);
    free(file);
}
