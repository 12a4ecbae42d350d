/* app/routes_matrix.c -- the authorisation matrix: a line for each route, a column for each role. */
#include <stdio.h>
#include <string.h>

#include "app/routes_say.h"

#define MARGIN 42 /* of method and path */

static const char *column_name(const dw_app *app, unsigned column)
{
    return column == ROUTE_ANYONE      ? "anyone"
           : column == ROUTE_SIGNED_IN ? "signed-in"
                                       : app->roles[column - ROUTE_ROLE];
}

static unsigned columns_of(const dw_app *app)
{
    unsigned n = 0;

    while (app->roles != NULL && n < 64 && app->roles[n] != NULL)
        n++;
    return ROUTE_ROLE + n;
}

/* As wide as its name; the last one is not filled up. */
static void print_cell(const dw_app *app, unsigned column, unsigned columns, const char *text)
{
    int width = column + 1 < columns ? (int)strlen(column_name(app, column)) : 0;

    printf(" %-*s", width < 6 && column + 1 < columns ? 6 : width, text);
}

static bool uses(const struct route_table *table, unsigned columns, uint64_t mfa_roles, const char *word)
{
    for (size_t i = 0; i < table->n_plans; i++)
        for (unsigned c = 0; c < columns; c++)
            if (strcmp(dw__route_may(&table->plans[i], c, mfa_roles), word) == 0)
                return true;
    return false;
}

static void print_words(const struct route_table *table, unsigned columns, uint64_t mfa_roles)
{
    static const struct {
        const char *word, *means;
    } words[] = {{"if", "where the policies of what it loads say so, as below"},
                 {"2nd", "with a second factor, as MFA_REQUIRED_ROLES says"},
                 {"signed", "whoever signs the message"}};

    printf("\nyes: may; -: refused");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (uses(table, columns, mfa_roles, words[i].word))
            printf("; %s: %s", words[i].word, words[i].means);
    printf(".\nWhat else is asked of them, what it is limited to, and each reason for an opening:\n\n");
}

void dw__routes_matrix(const struct invocation *inv)
{
    const struct route_table *table = inv->image->routes;
    const unsigned columns = columns_of(inv->app);

    printf("%-*s", MARGIN, "");
    for (unsigned c = 0; c < columns; c++)
        print_cell(inv->app, c, columns, column_name(inv->app, c));
    putchar('\n');
    for (size_t i = 0; i < table->n_plans; i++) {
        const struct route_plan *plan = &table->plans[i];

        printf("%-7s %-34.*s", plan->method, DW_FMT(plan->pattern));
        for (unsigned c = 0; c < columns; c++)
            print_cell(inv->app, c, columns, dw__route_may(plan, c, inv->image->env.mfa_roles));
        putchar('\n');
    }
    print_words(table, columns, inv->image->env.mfa_roles);
}
