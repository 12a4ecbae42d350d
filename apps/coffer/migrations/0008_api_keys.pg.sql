-- Keys for programs: see <dw/api_key.h>. They go with their account.
CREATE TABLE dw_api_keys (
    id         text   NOT NULL PRIMARY KEY,
    account    text   NOT NULL REFERENCES users (uid) ON DELETE CASCADE,
    name       text   NOT NULL,
    digest     text   NOT NULL,
    scopes     bigint NOT NULL,
    made_at    bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at    bigint NOT NULL
);
CREATE INDEX dw_api_keys_by_account ON dw_api_keys (account, made_at);
