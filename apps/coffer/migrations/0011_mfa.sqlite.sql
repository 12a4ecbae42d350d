-- Second factors: see <dw/mfa.h>. The seed is sealed; codes are digests.
CREATE TABLE dw_mfa (
    account   INTEGER NOT NULL PRIMARY KEY,
    seed      TEXT    NOT NULL,
    root      TEXT    NOT NULL,
    active    INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    failures  INTEGER NOT NULL,
    free_at   INTEGER NOT NULL,
    made_at   INTEGER NOT NULL
) STRICT;
CREATE TABLE dw_mfa_codes (
    account INTEGER NOT NULL,
    code    TEXT    NOT NULL,
    PRIMARY KEY (account, code)
) STRICT;
