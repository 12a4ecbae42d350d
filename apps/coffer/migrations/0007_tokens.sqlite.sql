-- Sign-ins whose tokens can be renewed and ended: see <dw/token.h>.
CREATE TABLE dw_token_families (
    id            TEXT    NOT NULL PRIMARY KEY,
    uid           TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    digest_before TEXT    NOT NULL,
    salt          TEXT    NOT NULL,
    auth_time     INTEGER NOT NULL,
    rotated_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX dw_token_families_by_account ON dw_token_families (uid, rotated_at);
CREATE INDEX dw_token_families_by_end ON dw_token_families (expires_at);
