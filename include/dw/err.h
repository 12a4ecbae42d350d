/* dw/err.h -- one list gives every error its number, its HTTP status, its stable code and its safe sentence.
 *
 * A dw_err is what functions return; DW_OK is 0 and the only success.  Numbers are explicit and never reused, so that they
 * can be logged and compared between versions.  What a client sees of an error is made from this table (and from dw_req_fail);
 * nothing of the inside is in it.
 *
 * 1000 to 1999 belong to applications.  An application's own errors are a list of the same kind, in its header, before any of Dewar's is
 * read:
 *
 *     #define DW_APP_ERRORS(X) \
 *         X(SOLD_OUT, 1000, 409, "sold_out", "There is none left") \
 *         X(CLOSED,   1001, 403, "closed",   "The shop is closed")
 *     #include <dw/dw.h>
 *
 * SOLD_OUT is then as good as DW_CONFLICT: returned, compared, given to dw_req_fail, found by a row of <dw/error.h>.  The file that calls
 * dw_main must have the list.  A number outside the range or there twice, or a status that is no error, does not compile; a code
 * that another error has stops the start. */
#ifndef DW_ERR_H
#define DW_ERR_H

#include "types.h"

/* X(name, number, HTTP status, stable code, safe sentence) */
#define DW_ERRORS(X)                                                                                    \
    X(INTERNAL, 1, 500, "internal", "An unexpected error occurred")                                     \
    X(BAD_REQUEST, 2, 400, "bad_request", "The request could not be understood")                        \
    X(UNAUTHENTICATED, 3, 401, "unauthenticated", "Valid credentials are required")                     \
    X(DENIED, 4, 403, "denied", "Insufficient permissions")                                             \
    X(NOT_FOUND, 5, 404, "not_found", "No such resource")                                               \
    X(METHOD_NOT_ALLOWED, 6, 405, "method_not_allowed", "This resource does not support that method")   \
    X(REQUEST_TIMEOUT, 7, 408, "request_timeout", "The request took too long to arrive")                \
    X(CONFLICT, 8, 409, "conflict", "It exists already or has changed")                                 \
    X(PRECONDITION_FAILED, 9, 412, "precondition_failed", "It has changed since it was read")           \
    X(TOO_LARGE, 10, 413, "too_large", "The request body is too large")                                 \
    X(URI_TOO_LONG, 11, 414, "uri_too_long", "The request target is too long")                          \
    X(UNSUPPORTED_MEDIA, 12, 415, "unsupported_media", "This resource does not read that content type") \
    X(EXPECTATION_FAILED, 13, 417, "expectation_failed", "The expectation cannot be met")               \
    X(MISDIRECTED, 14, 421, "misdirected", "This server does not answer for that host")                 \
    X(INVALID, 15, 422, "invalid", "Validation failed")                                                 \
    X(UNKNOWN_FIELDS, 16, 400, "unknown_fields", "Invalid fields in payload")                           \
    X(TOO_MANY, 17, 429, "too_many", "Too many requests")                                               \
    X(HEAD_TOO_LARGE, 18, 431, "head_too_large", "The request head is too large")                       \
    X(NOT_IMPLEMENTED, 19, 501, "not_implemented", "That method or coding is not supported")            \
    X(UNAVAILABLE, 20, 503, "unavailable", "Try again later")                                           \
    X(VERSION, 21, 505, "version", "That HTTP version is not supported")                                \
    X(TIMEOUT, 22, 503, "timeout", "The answer took too long")                                          \
    X(CANCELED, 23, 503, "canceled", "The request was canceled")                                        \
    X(MALFORMED, 24, 400, "malformed", "The request body is not well-formed")                           \
    X(RANGE_NOT_SATISFIABLE, 25, 416, "range_not_satisfiable", "There is no such part of it")           \
    X(SIGN_IN_AGAIN, 40, 401, "sign_in_again",                                                          \
      "This needs a recent sign-in: sign in again, and repeat the request")                             \
    X(CROSS_SITE, 41, 403, "cross_site", "This request came from another site")                         \
    X(HTTPS_REQUIRED, 50, 403, "https_required", "This is answered over https only")                    \
    X(CSRF, 42, 403, "csrf", "The CSRF token is missing or not valid here: load the page anew")         \
    X(INVALID_GRANT, 30, 400, "invalid_grant", "The credentials or the grant are not valid")            \
    X(UNSUPPORTED_GRANT_TYPE, 31, 400, "unsupported_grant_type", "That grant type is not supported")    \
    X(INVALID_SCOPE, 32, 400, "invalid_scope", "That scope is not known")                               \
    X(MFA_REQUIRED, 45, 401, "mfa_required",                                                            \
      "A code of the second factor is required, and was not given or not right")                        \
    X(MFA_ENROLMENT_REQUIRED, 46, 403, "mfa_enrolment_required",                                        \
      "Your role wants a second factor: turn one on, and sign in with it")

#ifndef DW_APP_ERRORS
#define DW__APP_ERR_ENUMS
#elif defined(__cplusplus)
#define DW__APP_ERR_ENUM(name, number, status, code, text) name = (number),
#define DW__APP_ERR_ENUMS DW_APP_ERRORS(DW__APP_ERR_ENUM)
#else
#define DW__APP_ERR_ENUM(name, number, status, code, text)                                                   \
    name =                                                                                                   \
        (number) +                                                                                           \
        (int)DW__REQUIRE((number) >= 1000 && (number) <= 1999, an_error_of_an_application_is_1000_to_1999) + \
        (int)DW__REQUIRE((status) >= 400 && (status) <= 599, the_status_of_an_error_is_400_to_599),
#define DW__APP_ERR_ENUMS DW_APP_ERRORS(DW__APP_ERR_ENUM)
#endif

#define DW__ERR_ENUM(name, number, status, code, text) DW_##name = number,
typedef enum dw_err {
    DW_OK = 0,
    DW_ERRORS(DW__ERR_ENUM) DW_ERR_APP_FIRST = 1000, /* an application's own: 1000 … 1999 */
    DW__APP_ERR_ENUMS DW_ERR_APP_LAST = 1999
} dw_err;

/* One of an application's own errors. */
typedef struct dw_app_error {
    int number, status;
    const char *code, *text;
} dw_app_error;

#if defined(DW_APP_ERRORS) && !defined(__cplusplus)
/* Two errors of one number do not compile. */
#define DW__APP_ERR_CASE(name, number, status, code, text) \
    case (number): break;
static inline void dw__app_errors_differ(int number)
{
    switch (number) {
        DW_APP_ERRORS(DW__APP_ERR_CASE)
    default: break;
    }
}
#define DW__APP_ERR_ROW(name, number, status, code, text) {(number), (status), "" code "", "" text ""},
#define DW__APP_ERR_ROWS ((const dw_app_error[]){DW_APP_ERRORS(DW__APP_ERR_ROW)})
#define DW__APP_ERR_COUNT (sizeof DW__APP_ERR_ROWS / sizeof(dw_app_error))
#else
#define DW__APP_ERR_ROWS ((const dw_app_error *)0)
#define DW__APP_ERR_COUNT 0
#endif

/* The HTTP status of `err`; 200 for DW_OK, 500 for a number that is in no table. */
int dw_err_status(dw_err err);

/* The stable code of `err` ("not_found"), a static string; "internal" for a number that is in no table. */
const char *dw_err_code(dw_err err);

/* The safe sentence of `err`, a static string. */
const char *dw_err_text(dw_err err);

#endif
