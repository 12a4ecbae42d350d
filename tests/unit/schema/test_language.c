/* Accept-Language: what is liked best of what there is. */
#include "schema/language.h"

#include "guard_page.h"
#include "schema/shapes.h"

static const dw_message *const messages =
    DW_MESSAGES(DW_SAY_IN("de", "len", "x"), DW_SAY("len", "x"), DW_SAY_IN("pt-BR", "len", "x"));

static void chosen(dw_text accept, const char *want)
{
    char *copy = guard_page_copy(accept.p, accept.n);
    const char *got = dw__language(messages, (dw_text){copy, accept.n});
    if ((got == NULL) != (want == NULL) || (got != NULL && strcmp(got, want) != 0))
        fail_msg("%.*s: %s", DW_FMT(accept), got != NULL ? got : "none");
    guard_page_free(copy);
}

static void chooses(void **state)
{
    (void)state;
    chosen(DW_TEXT("de"), "de");
    chosen(DW_TEXT("DE"), "de");
    chosen(DW_TEXT("de-AT-1996"), "de");
    chosen(DW_TEXT("pt-br"), "pt-BR");
    chosen(DW_TEXT("pt"), NULL);
    chosen(DW_TEXT("pt-PT"), NULL);
    chosen(DW_TEXT("fr, de;q=0.5"), "de");
    chosen(DW_TEXT("fr;q=1,pt-BR;q=0.6 , de;q=0.5"), "pt-BR");
    chosen(DW_TEXT("de;q=0.5, pt-BR;q=0.501"), "pt-BR");
    /* Our own words are English. */
    chosen(DW_TEXT("en, de;q=0.9"), NULL);
    chosen(DW_TEXT("en-GB;q=0.8, de;q=0.9"), "de");
    chosen(DW_TEXT("en-GB, de;q=0.9"), NULL);
    chosen(DW_TEXT("de;q=0"), NULL);
    chosen(DW_TEXT("de;q=0.000"), NULL);
    chosen(DW_TEXT("de;q=2"), NULL);
    chosen(DW_TEXT("de;q=x"), NULL);
    chosen(DW_TEXT("de;q=0.5555"), NULL);
    chosen(DW_TEXT("de;x=1"), NULL);
    chosen(DW_TEXT("*"), NULL);
    chosen(DW_TEXT(""), NULL);
    chosen(DW_TEXT(",,;;,de-"), "de");
    chosen(DW_TEXT("deu"), NULL);
    chosen(DW_TEXT("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,de"), NULL); /* not for ever */
    assert_null(dw__language(NULL, DW_TEXT("de")));
    assert_null(dw__language(DW_MESSAGES(DW_SAY_IN("de", "len", "x")), (dw_text){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(chooses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
