/* conformance/profiles.c -- the ways in which this application is started: CONFORMANCE_PROFILE picks one.
 *
 * The keys are test keys, as public as this file; the first is the root of what signs, the second of what is stored. */
#include "conformance.h"
#include "keys.h"

#define SIGNING "SIGNING_KEYS", "W1gP0xVtTzq7n3M5sQeLr8uYb2KcHj6dAfG9oNvRk4I"
#define DATA "DATA_KEYS", "u5cXh8mEo1ZpJ4sTq0yDrVb6NwKgLf3aI9tBxU7CvQ0"
#define ISSUER_TEST "ISSUER_KEYS", issuer_test_public, "ISSUER_SHARED_KEYS", issuer_test_shared
#define HOSTS "TRUSTED_HOSTS", "app.test,localhost,127.0.0.1,[::1],.sub.test"
#define COMMON                                                                                           \
    HOSTS, "CANONICAL_ORIGIN", "https://app.test", "ISSUER", "https://app.test", "AUDIENCE", "api.test", \
        "HEAD_TIMEOUT", "3s", "MIGRATE", "yes", "MAX_CONTENT_LENGTH", "1M", "SESSION_IDLE", "2s",        \
        "SESSION_ABSOLUTE", "6s", "LOGIN_FORM", "3s"
#define TRUSTED "CORS_ORIGINS", "https://trusted.example"

#define PROFILE(...)      \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

const dw_profile profiles[] = {
    {"direct", PROFILE(COMMON, TRUSTED, ISSUER_TEST, SIGNING, DATA, "ENV", "development")},
    {"proxy", PROFILE(COMMON, TRUSTED, ISSUER_TEST, SIGNING, DATA, "ENV", "development", "TRUSTED_PROXIES",
                      "127.0.0.1/32", "TRUSTED_PROXY_HOPS", "1")},
    {"prod", PROFILE(COMMON, TRUSTED, ISSUER_TEST, SIGNING, DATA, "ENV", "production")},
    {"bad-secret-missing", PROFILE(COMMON, ISSUER_TEST, DATA, "ENV", "production")},
    {"bad-secret-short", PROFILE(COMMON, ISSUER_TEST, DATA, "ENV", "production", "SIGNING_KEYS", "c2hvcnQ")},
    {"bad-secret-dev", PROFILE(COMMON, ISSUER_TEST, DATA, "ENV", "production", "SIGNING_KEYS",
                               "dev-secret-key-change-me-in-production-please")},
    {"bad-debug-public",
     PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA, "ENV", "development", "LISTEN", "0.0.0.0:8080")},
    {"bad-cors-wildcard-credentials", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA, "CORS_ORIGINS", "*")},
    {"bad-csp-semicolon", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA)},
    {"bad-csp-crlf", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA)},
    {"bad-report-only-no-endpoint", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA)},
    {"bad-cookie-insecure", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA, "SESSION_COOKIE_SECURE", "no")},
    {"bad-rate-1", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA, "RATE_LIMIT_DEFAULT", "5/week")},
    {"bad-rate-2", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA, "RATE_LIMIT_DEFAULT", "-1/minute")},
    {"bad-rate-3", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA, "RATE_LIMIT_DEFAULT", "1.5/minute")},
    {"bad-rate-4", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA, "RATE_LIMIT_DEFAULT", "")},
    {"bad-rate-5", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA, "RATE_LIMIT_DEFAULT", "5/minute;")},
    {"bad-rate-6", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA, "RATE_LIMIT_DEFAULT", "5/0 minute")},
    {"bad-unknown-setting", PROFILE(COMMON, ISSUER_TEST, SIGNING, DATA, "LISTENN", "127.0.0.1:1")},
    {"bad-jwt-short-key", PROFILE(COMMON, SIGNING, DATA, "ISSUER_KEYS", issuer_test_public,
                                  "ISSUER_SHARED_KEYS", issuer_test_short)},
    {"bad-no-hosts", PROFILE(SIGNING, DATA, ISSUER_TEST, "ENV", "production", "TRUSTED_HOSTS", "")},
    {0},
};
