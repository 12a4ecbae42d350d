/* bench/load.c -- a client that costs less than the servers it measures: sends the requests of a file, looks at every reply, counts.
 *
 * One thread, epoll, edge-triggered: a read, a look and a write for each event.  A reply is parsed once; the ones that follow need only
 * the same status line and the same Content-Length line at the same place, so that sixteen of them cost as many comparisons.  What is
 * not the same is parsed anew, and what is not the wanted status is an error: nothing is counted that was not looked at.
 *
 * Without --rate it is a closed loop: a connection sends when it has been answered, so a slow server is asked less often and its
 * percentiles look better than what people at fixed times would see.  With --rate requests are due at fixed times whatever the
 * server does, on the connection that has been idle longest, and a time is counted from when the request was due, not from when it
 * could be sent. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 16384u
#define MAX_DEPTH 256u
#define BUFFER 65536u /* of a connection that has an incomplete reply, and of a read */
#define STALL_NS (UINT64_C(10) * 1000000000)

/* ---- what is asked for ---- */

static struct {
    uint16_t port;
    unsigned connections, depth;
    double seconds, rate;
    uint64_t count;
    char status[4];
    bool close, spin;
    const char *save;
} options = {.connections = 64, .depth = 1, .seconds = 5, .status = "200"};

/* The file's requests, one after the other, and behind them the first `depth` once more: any run of them is one write. */
static char *requests;
static size_t *request_at; /* request_at[i + k] - request_at[i] bytes are k requests */
static size_t n_requests, next_request;

/* ---- what comes of it ---- */

static uint64_t n_sent, n_replies, n_errors, n_parsed, reply_min = UINT64_MAX, reply_max;
static uint64_t histogram[64 * 64], slowest_ns; /* by power of two, and 64 steps in each: within 1.6 % */
static char first_error[256];

/* ---- connections ---- */

struct conn {
    int fd;
    bool busy;        /* it has been given requests, and is not done with them */
    unsigned waiting; /* replies that are still to come */
    uint64_t since;   /* when what it waits for was sent, or was due */
    const char *unsent;
    size_t unsent_n;
    char *part; /* the beginning of a reply, when a read ended within it */
    size_t part_n;
};

static struct conn *conns;
static unsigned idle[MAX_CONNECTIONS], idle_first, idle_n; /* a ring, for --rate */
static unsigned n_busy;
static int epfd;
static uint64_t now, until;
static bool stopping;

/* The shape of the reply before: status line, and the line of its length. */
static struct {
    size_t total, head, length_at, length_n;
    char length[64];
} known;

static _Noreturn __attribute__((format(printf, 1, 2))) void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)fputs("load: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static uint64_t clock_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void note_error(const char *what, const char *p, size_t n)
{
    size_t i = 0;

    n_errors++;
    if (first_error[0] != '\0')
        return;
    (void)snprintf(first_error, sizeof first_error, "%s: %.*s", what, (int)(n < 160 ? n : 160), p);
    for (; first_error[i] != '\0'; i++) /* it will stand in JSON */
        if (first_error[i] < ' ' || first_error[i] > '~' || first_error[i] == '"' || first_error[i] == '\\')
            first_error[i] = ' ';
}

/* ---- the histogram ---- */

static size_t slot_of(uint64_t ns)
{
    unsigned power = 63u - (unsigned)__builtin_clzll(ns | 64);

    return (size_t)(power - 6) * 64 + (size_t)(ns >> (power - 6)); /* the top seven bits: 64 to 127 */
}

static uint64_t slot_end(size_t slot)
{
    if (slot < 128)
        return slot;
    return ((slot % 64 + 65) << (slot / 64 - 1)) - 1;
}

static void count_time(uint64_t ns, unsigned times)
{
    histogram[slot_of(ns)] += times;
    if (ns > slowest_ns)
        slowest_ns = ns;
}

static double percentile_us(double part)
{
    uint64_t all = 0, seen = 0;
    size_t slot = 0;

    for (size_t i = 0; i < sizeof histogram / sizeof *histogram; i++)
        all += histogram[i];
    for (; slot < sizeof histogram / sizeof *histogram; slot++)
        if ((seen += histogram[slot]) > 0 && (double)seen >= part * (double)all)
            break;
    uint64_t ns = slot_end(slot);
    return (double)(ns < slowest_ns ? ns : slowest_ns) / 1e3;
}

/* ---- replies ---- */

/* The value of the head's Content-Length and where its line is; false without one. */
static bool find_length(const char *p, size_t head, size_t *at, size_t *n, uint64_t *value)
{
    static const char name[] = "\r\nContent-Length:";
    const size_t name_n = sizeof name - 1;

    for (size_t i = 0; i + name_n < head; i++) {
        if (p[i] != '\r' || strncasecmp(p + i, name, name_n) != 0)
            continue;
        const char *end = memchr(p + i + 2, '\r', head - i - 2);
        *at = i;
        *n = (size_t)(end - p) + 1 - i;
        *value = strtoull(p + i + name_n, NULL, 10);
        return true;
    }
    return false;
}

/* Bytes of the first whole reply in p[0, n), 0 when more are needed. Remembers its shape. */
static size_t parse_reply(const char *p, size_t n)
{
    const char *end = memmem(p, n, "\r\n\r\n", 4);
    size_t head = end ? (size_t)(end - p) + 4 : 0, at, line;
    uint64_t length;

    if (head == 0) {
        if (n >= BUFFER / 2)
            die("a head of more than %u bytes", BUFFER / 2);
        return 0;
    }
    if (!find_length(p, head, &at, &line, &length) || head + length > BUFFER / 2)
        die("a reply without Content-Length, or of more than %u bytes: %.*s", BUFFER / 2, (int)head, p);
    if (head + length > n)
        return 0;
    n_parsed++;
    known.total = 0;
    if (line < sizeof known.length) {
        known.total = head + (size_t)length;
        known.head = head;
        known.length_at = at;
        known.length_n = line;
        memcpy(known.length, p + at, line);
    }
    return head + (size_t)length;
}

/* As parse_reply; what has the shape of the reply before is only compared with it. */
static size_t reply_size(const char *p, size_t n)
{
    size_t size;

    if (known.total > 0 && n >= known.total &&
        memcmp(p + known.length_at, known.length, known.length_n) == 0 &&
        memcmp(p + known.head - 4, "\r\n\r\n", 4) == 0)
        size = known.total;
    else if ((size = parse_reply(p, n)) == 0)
        return 0;
    if (memcmp(p, "HTTP/1.1 ", 9) != 0 || memcmp(p + 9, options.status, 3) != 0)
        note_error("not the wanted status", p, size);
    if (size < reply_min)
        reply_min = size;
    if (size > reply_max)
        reply_max = size;
    return size;
}

static void save_reply(const char *p, size_t n)
{
    FILE *f = fopen(options.save, "wb");

    if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0)
        die("%s: %s", options.save, strerror(errno));
    options.save = NULL;
}

/* Takes the replies that p[0, n) has whole; how many bytes those were. */
static size_t take_replies(struct conn *c, const char *p, size_t n)
{
    size_t used = 0, size;
    unsigned k = 0;

    while (used < n && k < c->waiting && (size = reply_size(p + used, n - used)) > 0) {
        if (options.save != NULL)
            save_reply(p + used, size);
        used += size;
        k++;
    }
    c->waiting -= k;
    n_replies += k;
    if (k > 0)
        count_time(now - c->since, k);
    if (used < n && c->waiting == 0)
        note_error("more than was asked for", p + used, n - used);
    return used;
}

/* What a read brought, behind what is there already. */
static void take_bytes(struct conn *c, const char *p, size_t n)
{
    size_t used;

    if (c->part_n == 0) {
        used = take_replies(c, p, n);
        p += used, n -= used;
    } else {
        if (c->part_n + n > BUFFER)
            die("a reply of more than %u bytes", BUFFER);
        memcpy(c->part + c->part_n, p, n);
        n += c->part_n;
        used = take_replies(c, c->part, n);
        p = c->part + used, n -= used;
    }
    if (n > 0 && c->part == NULL && (c->part = malloc(BUFFER)) == NULL)
        die("no memory");
    if (n > 0)
        memmove(c->part, p, n);
    c->part_n = n;
}

/* ---- sending ---- */

static void push(struct conn *c)
{
    while (c->unsent_n > 0) {
        ssize_t sent = send(c->fd, c->unsent, c->unsent_n, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EAGAIN || errno == ENOTCONN)
                return; /* an event will say when there is room */
            if (errno != EPIPE && errno != ECONNRESET)
                die("send: %s", strerror(errno));
            return; /* the read will see it */
        }
        c->unsent += sent;
        c->unsent_n -= (size_t)sent;
    }
}

static void open_conn(struct conn *c)
{
    static const int on = 1;
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        (connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) ||
        epoll_ctl(epfd, EPOLL_CTL_ADD, c->fd, &event) != 0)
        die("connect: %s", strerror(errno));
    c->part_n = 0;
}

static void send_next(struct conn *c, uint64_t since)
{
    size_t first = next_request;

    if (c->fd < 0)
        open_conn(c);
    next_request = (next_request + options.depth) % n_requests;
    c->unsent = requests + request_at[first];
    c->unsent_n = request_at[first + options.depth] - request_at[first];
    c->waiting = options.depth;
    c->since = since;
    c->busy = true;
    n_busy++;
    n_sent += options.depth;
    stopping = stopping || (options.count > 0 && n_sent >= options.count);
    push(c);
}

/* ---- the loop ---- */

static void rest(struct conn *c)
{
    idle[(idle_first + idle_n++) % MAX_CONNECTIONS] = (unsigned)(c - conns);
}

/* It is done with what it was given: it goes on, or waits until a request is due. */
static void go_on(struct conn *c)
{
    c->busy = false;
    n_busy--;
    if (options.rate > 0)
        rest(c);
    else if (!stopping)
        send_next(c, now);
}

/* The connection is over. With --close that is how a reply ends; otherwise it is an error, and it is opened anew when it is used. */
static void over(struct conn *c)
{
    (void)close(c->fd);
    c->fd = -1;
    if (c->waiting > 0 || !options.close)
        note_error("closed by the server", "", 0);
    c->waiting = 0;
    c->unsent_n = 0;
    if (c->busy)
        go_on(c);
}

static void on_event(struct conn *c, uint32_t events)
{
    static char in[BUFFER];
    bool ended = false;

    if (c->fd < 0)
        return;
    if (c->unsent_n > 0)
        push(c);
    if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
        return;
    for (;;) {
        ssize_t n = recv(c->fd, in, sizeof in, 0);
        if (n > 0)
            take_bytes(c, in, (size_t)n);
        else if (n == 0 || errno != EAGAIN)
            ended = true;
        /* Less than was asked for: there is no more, and if there is an end, it has been said. */
        if (n <= 0 || (size_t)n < sizeof in)
            break;
    }
    if (ended || events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        over(c);
    else if (c->busy && c->waiting == 0 && !options.close)
        go_on(c);
}

/* Sends what is due by the clock. */
static void send_due(uint64_t begun, uint64_t *sent)
{
    while (idle_n > 0 && !stopping) {
        uint64_t due = begun + (uint64_t)((double)*sent * 1e9 / options.rate);
        if (due > now)
            return;
        struct conn *c = &conns[idle[idle_first]];
        idle_first = (idle_first + 1) % MAX_CONNECTIONS;
        idle_n--;
        *sent += options.depth;
        send_next(c, due);
    }
}

static void run(void)
{
    struct epoll_event events[256];
    uint64_t begun = now, sent = 0, last = now;

    for (unsigned i = 0; i < options.connections && !stopping; i++)
        options.rate > 0 ? rest(&conns[i]) : send_next(&conns[i], now);
    while (!stopping || n_busy > 0) {
        int n = epoll_wait(epfd, events, 256, options.spin || options.rate > 0 ? 0 : 100);
        now = clock_ns();
        stopping = stopping || now >= until;
        for (int i = 0; i < n; i++)
            on_event(events[i].data.ptr, events[i].events);
        if (options.rate > 0)
            send_due(begun, &sent);
        if (n > 0)
            last = now;
        else if (n_busy > 0 && now - last > STALL_NS)
            die("%u connections have waited for an answer for 10 s", n_busy);
    }
}

/* ---- beginning and end ---- */

static size_t request_size(const char *p, size_t n)
{
    const char *end = memmem(p, n, "\r\n\r\n", 4);
    size_t at, line;
    uint64_t length = 0;

    if (end == NULL)
        die("the file of requests ends within a head");
    size_t head = (size_t)(end - p) + 4;
    (void)find_length(p, head, &at, &line, &length);
    if (length > n - head)
        die("the file of requests ends within a body");
    return head + (size_t)length;
}

static void load_requests(const char *path)
{
    FILE *f = fopen(path, "rb");
    long size;

    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) <= 0)
        die("%s: %s", path, f ? "nothing in it" : strerror(errno));
    size_t n = (size_t)size, end = 0;
    char *text = malloc(n + 1);
    rewind(f);
    if (text == NULL || fread(text, 1, n, f) != n)
        die("%s: cannot be read", path);
    (void)fclose(f);
    text[n] = '\0';
    for (size_t at = 0; at < n; at += request_size(text + at, n - at))
        n_requests++;
    request_at = calloc(n_requests + options.depth + 1, sizeof *request_at);
    requests = malloc(n * (options.depth + 1));
    if (request_at == NULL || requests == NULL)
        die("no memory");
    memcpy(requests, text, n);
    for (size_t i = 0; i < n_requests + options.depth; i++) {
        size_t from = request_at[i % n_requests], k = request_size(text + from, n - from);
        memcpy(requests + end, text + from, k);
        request_at[i] = end;
        request_at[i + 1] = end += k;
    }
    free(text);
}

static void report(double took)
{
    struct rusage self;
    double cpu;

    (void)getrusage(RUSAGE_SELF, &self);
    cpu = (double)(self.ru_utime.tv_sec + self.ru_stime.tv_sec) +
          (double)(self.ru_utime.tv_usec + self.ru_stime.tv_usec) / 1e6;
    (void)printf(
        "{\"requests\":%llu,\"errors\":%llu,\"seconds\":%.3f,\"rate\":%.0f,"
        "\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f,"
        "\"reply_min\":%llu,\"reply_max\":%llu,\"parsed\":%llu,\"client_us\":%.2f,\"error\":\"%s\"}\n",
        (unsigned long long)n_replies, (unsigned long long)n_errors, took, (double)n_replies / took,
        percentile_us(0.5), percentile_us(0.9), percentile_us(0.99), percentile_us(0.999),
        (double)slowest_ns / 1e3, (unsigned long long)(n_replies ? reply_min : 0),
        (unsigned long long)reply_max, (unsigned long long)n_parsed,
        n_replies ? cpu * 1e6 / (double)n_replies : 0, first_error);
}

static _Noreturn void usage(int status)
{
    (void)fputs(
        "usage: load [OPTION]… PORT REQUESTS-FILE\n"
        "Sends the requests of a file, one after the other and from the beginning again, to 127.0.0.1:PORT, "
        "and prints JSON.\n"
        "  --connections N  at a time (64)\n"
        "  --depth N        requests in one write on a connection; the next when all are answered (1)\n"
        "  --close          a connection for each request, which the server closes behind its reply\n"
        "  --seconds S      how long (5)\n"
        "  --count N        no more than N requests\n"
        "  --rate N         requests a second at fixed times, timed from when they were due\n"
        "  --spin           never sleeps: looks for events all the time\n"
        "  --status NNN     what every reply must say (200)\n"
        "  --save FILE      writes the bytes of the first reply\n",
        status ? stderr : stdout);
    exit(status);
}

static double number(const char *text, double least, double most)
{
    char *end = NULL;
    double value = text ? strtod(text, &end) : -1;

    if (end == NULL || end == text || *end != '\0' || !(value >= least && value <= most))
        die("'%s' is not a number from %g to %g", text ? text : "", least, most);
    return value;
}

static void read_option(const char *name, const char *value)
{
    if (strcmp(name, "--connections") == 0)
        options.connections = (unsigned)number(value, 1, MAX_CONNECTIONS);
    else if (strcmp(name, "--depth") == 0)
        options.depth = (unsigned)number(value, 1, MAX_DEPTH);
    else if (strcmp(name, "--seconds") == 0)
        options.seconds = number(value, 0.01, 3600);
    else if (strcmp(name, "--count") == 0)
        options.count = (uint64_t)number(value, 1, 1e12);
    else if (strcmp(name, "--rate") == 0)
        options.rate = number(value, 1, 1e7);
    else if (strcmp(name, "--status") == 0)
        (void)snprintf(options.status, sizeof options.status, "%.0f", number(value, 200, 599));
    else if (strcmp(name, "--save") == 0 && value != NULL)
        options.save = value;
    else
        usage(64);
}

static void read_options(int argc, char **argv)
{
    int i = 1;

    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--help") == 0)
            usage(0);
        else if (strcmp(argv[i], "--close") == 0)
            options.close = true;
        else if (strcmp(argv[i], "--spin") == 0)
            options.spin = true;
        else {
            read_option(argv[i], argv[i + 1]);
            i++;
        }
    }
    if (argc - i != 2 || (options.close && options.depth > 1))
        usage(64);
    options.port = (uint16_t)number(argv[i], 1, 65535);
    load_requests(argv[i + 1]);
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    conns = calloc(options.connections, sizeof *conns);
    epfd = epoll_create1(EPOLL_CLOEXEC);
    if (conns == NULL || epfd < 0)
        die("no memory");
    now = clock_ns();
    until = now + (uint64_t)(options.seconds * 1e9);
    uint64_t begun = now;
    for (unsigned i = 0; i < options.connections; i++)
        conns[i].fd = -1;
    run();
    report((double)(clock_ns() - begun) / 1e9);
    return 0;
}
