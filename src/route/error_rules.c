/* route/error_rules.c -- from tables of error handlers to the rows that an error finds.
 *
 * Few rows, walked when something has gone wrong: a list will do.  Must never: let a row start that could not be found, or that
 * would say something else than it seems to. */
#include "route/error_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/text.h"

/* What dw__error_reply writes into a problem itself. */
static const char *const problem_members[] = {"type",     "title",    "status",     "detail",
                                              "instance", "code",     "request_id", "invalid_fields",
                                              "details",  "position", "debug"};

/* Where a finding is. */
struct place {
    const char *where;
    const dw_error_handler *handler;
    struct buf *why;
};

static void say(const struct place *at, const char *what)
{
    dw__buf_format(at->why, "error handlers of %s: %s: %s\n", at->where,
                   at->handler != NULL && at->handler->name != NULL ? at->handler->name : "a row", what);
}

static void say_number(const struct place *at, const char *fmt, int number)
{
    char what[160];

    (void)snprintf(what, sizeof what, fmt, number);
    say(at, what);
}

static bool is_page(const struct error_rule *rule)
{
    return rule->handler->kind == DW_ERROR_IS_PAGE;
}

/* Whether some error, of ours or the application's, has `status`. */
static bool status_is_used(int status)
{
    for (int number = 1; number <= DW_ERR_APP_LAST; number++)
        if (dw__err_is_known((dw_err)number) && dw_err_status((dw_err)number) == status)
            return true;
    return false;
}

static bool nothing_to_say(const dw_error_handler *handler)
{
    return strcmp(handler->out->name, "dw_nothing") == 0;
}

static void check_members(const struct place *at, const struct schema_plan *out)
{
    for (size_t i = 0; i < sizeof problem_members / sizeof problem_members[0]; i++)
        if (dw__schema_field(out, dw__text_of(problem_members[i])) >= 0)
            dw__buf_format(
                at->why,
                "error handlers of %s: %s: the problem has a member \"%s\" already: call the field "
                "something else\n",
                at->where, at->handler->name, problem_members[i]);
}

/* Compiles what the handler says. */
static void compile_out(struct error_rule *rule, struct schema_plans *schemas, const struct place *at)
{
    const dw_error_handler *handler = rule->handler;
    bool problem = handler->kind == DW_ERROR_IS_PROBLEM;

    if (handler->kind == DW_ERROR_IS_PAGE || (problem && handler->out != NULL && nothing_to_say(handler)))
        return;
    if (handler->out == NULL || nothing_to_say(handler)) {
        say(at, "JSON without a field says nothing: give it a schema");
        return;
    }
    if (dw__schema_plans_get(schemas, handler->out, &rule->out, at->why) != DW_OK ||
        dw__schema_check_output(rule->out, at->why) != DW_OK) {
        dw__buf_lit(at->why, "\n");
        return;
    }
    if (problem)
        check_members(at, rule->out);
}

static bool row_holds(const dw_error_row *row, const struct place *at)
{
    size_t before = at->why->n;

    if (row->handler == NULL || row->handler->call == NULL)
        say(at, "there is no handler");
    if (row->status != 0 && row->err != DW_OK)
        say(at, "a row is for a status or for an error, not for both");
    else if (row->status != 0 && (row->status < 400 || row->status > 599))
        say_number(at, "status %d is not that of an error", row->status);
    else if (row->status != 0 && !status_is_used(row->status))
        say_number(at, "no error has status %d", row->status);
    else if (row->err != DW_OK && !dw__err_is_known(row->err))
        say_number(at, "there is no error %d: DW_APP_ERRORS does not list it", (int)row->err);
    return at->why->n == before;
}

static void check_twice(const struct error_rules *rules, const struct error_rule *rule,
                        const struct place *at)
{
    for (const struct error_rule *other = rules->v; other < rule; other++) {
        if (other->status != rule->status || other->err != rule->err || is_page(other) != is_page(rule))
            continue;
        if (rule->status != 0)
            say_number(at, "two rows for status %d", rule->status);
        else
            dw__buf_format(at->why, "error handlers of %s: %s: two rows for %s\n", at->where,
                           at->handler->name, rule->err != DW_OK ? dw_err_code(rule->err) : "any error");
    }
}

static void compile(struct error_rules *rules, struct schema_plans *schemas, const char *where,
                    struct buf *why)
{
    const dw_error_handlers *table = rules->table;
    struct place at = {where, NULL, why};

    if (table->row_size != sizeof(dw_error_row)) {
        say(&at, "compiled with other headers than this libdewar: compile it anew");
        return;
    }
    rules->v = calloc(table->n_rows ? table->n_rows : 1, sizeof *rules->v);
    DW__CHECK(rules->v != NULL);
    for (size_t i = 0; i < table->n_rows; i++) {
        const dw_error_row *row = &table->rows[i];
        struct error_rule *rule = &rules->v[rules->n];

        at.handler = row->handler;
        if (!row_holds(row, &at))
            continue;
        *rule = (struct error_rule){row->status, row->err, row->handler, NULL};
        rules->n++;
        compile_out(rule, schemas, &at);
        check_twice(rules, rule, &at);
    }
}

const struct error_rules *dw__error_rules_get(struct error_rules **all, const dw_error_handlers *table,
                                              struct schema_plans *schemas, const char *where,
                                              struct buf *why)
{
    struct error_rules *rules;

    if (table == NULL)
        return NULL;
    for (rules = *all; rules != NULL; rules = rules->next)
        if (rules->table == table)
            return rules;
    rules = calloc(1, sizeof *rules);
    DW__CHECK(rules != NULL);
    rules->table = table;
    rules->next = *all;
    *all = rules;
    compile(rules, schemas, where, why);
    return rules;
}

void dw__error_rules_free(struct error_rules *all)
{
    while (all != NULL) {
        struct error_rules *next = all->next;

        free(all->v);
        free(all);
        all = next;
    }
}

/* The best row of one table: its error, else its status, else any. */
static const struct error_rule *find_in(const struct error_rules *rules, dw_err err, int status, bool page)
{
    const struct error_rule *by_status = NULL, *any = NULL;

    for (size_t i = 0; i < rules->n; i++) {
        const struct error_rule *rule = &rules->v[i];

        if (is_page(rule) != page)
            continue;
        if (rule->err == err)
            return rule;
        if (rule->status == status)
            by_status = rule;
        else if (rule->status == 0 && rule->err == DW_OK)
            any = rule;
    }
    return by_status != NULL ? by_status : any;
}

const struct error_rule *dw__error_rule_find(const struct error_scopes *scopes, dw_err err, int status,
                                             bool page)
{
    for (size_t i = 0; i < DW__ERROR_SCOPES; i++) {
        const struct error_rule *rule =
            scopes->rules[i] != NULL ? find_in(scopes->rules[i], err, status, page) : NULL;

        if (rule != NULL)
            return rule;
    }
    return NULL;
}
