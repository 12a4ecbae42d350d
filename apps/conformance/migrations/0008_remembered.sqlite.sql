-- Browsers that stay signed in: see <dw/remember.h>.
CREATE TABLE dw_remembered (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    account       TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    digest_before TEXT    NOT NULL,
    salt          TEXT    NOT NULL,
    auth_time     INTEGER NOT NULL,
    amr           INTEGER NOT NULL,
    rotated_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    agent         TEXT    NOT NULL
) STRICT;
CREATE INDEX dw_remembered_of ON dw_remembered (account, rotated_at);
CREATE INDEX dw_remembered_by_end ON dw_remembered (expires_at);
