/* app/cmd_limits.c -- `limits`: who is shut out of a running server, for breaches (.rate_meta) or for probes, and letting them go. */
#include <stdio.h>
#include <string.h>

#include "app/admin_ask.h"
#include "base/text.h"

static int usage(const struct invocation *inv)
{
    (void)fprintf(stderr, "%s: usage: %s limits [lift ID | lift all]\n", inv->app->name, inv->app->name);
    return EXIT_BAD_USAGE;
}

/* An id as `limits` prints it, or "all": nothing that would be more than a path. */
static bool is_id(const char *text)
{
    return strcmp(text, "all") == 0 || (strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16);
}

static int say(const struct invocation *inv, const struct admin_answer *answer, struct buf *why)
{
    if (answer->status == 404) {
        dw__buf_lit(why, "nobody with that id is shut out; `limits` lists them\n");
        return EXIT_FAILED;
    }
    if (answer->status != 200) {
        dw__buf_format(why, "what answers at %.*s (ADMIN_LISTEN) knows no limits; is it this server?\n",
                       DW_FMT(inv->config->admin_listen->text));
        return EXIT_NO_SERVICE;
    }
    return fwrite(answer->body.p, 1, answer->body.n, stdout) == answer->body.n && fflush(stdout) == 0
               ? EXIT_DONE
               : EXIT_FAILED;
}

int dw__cmd_limits(const struct invocation *inv)
{
    bool lift = inv->argc == 2 && strcmp(inv->argv[0], "lift") == 0 && is_id(inv->argv[1]);
    char lines[512], path[32];
    struct admin_answer answer;
    struct buf why;
    int status;

    if (inv->argc > 0 && !lift)
        return usage(inv);
    dw__buf_init_fixed(&why, lines, sizeof lines);
    (void)snprintf(path, sizeof path, "/limits%s%s", lift ? "/" : "", lift ? inv->argv[1] : "");
    status = dw__admin_ask(inv, lift ? "DELETE" : "GET", dw__text_of(path), &answer, &why)
                 ? say(inv, &answer, &why)
                 : EXIT_NO_SERVICE;
    dw__admin_answer_release(&answer);
    dw__print_findings(inv->app, &why);
    return status;
}
