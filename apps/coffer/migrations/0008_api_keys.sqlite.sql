-- Keys for programs: see <dw/api_key.h>. They go with their account.
CREATE TABLE dw_api_keys (
    id         TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES users (uid) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    digest     TEXT    NOT NULL,
    scopes     INTEGER NOT NULL,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX dw_api_keys_by_account ON dw_api_keys (account, made_at);
