-- Who is signed in with a browser: see <dw/session.h>.
CREATE TABLE dw_sessions (
    digest    TEXT    NOT NULL PRIMARY KEY,
    uid       TEXT    NOT NULL UNIQUE,
    account   TEXT    NOT NULL,
    made_at   INTEGER NOT NULL,
    auth_time INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    amr       INTEGER NOT NULL,
    agent     TEXT    NOT NULL
) STRICT;
CREATE INDEX dw_sessions_of ON dw_sessions (account, seen_at);
CREATE INDEX dw_sessions_by_age ON dw_sessions (seen_at);
