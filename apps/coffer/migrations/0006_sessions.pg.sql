-- Who is signed in with a browser: see <dw/session.h>.
CREATE TABLE dw_sessions (
    digest    text   NOT NULL PRIMARY KEY,
    uid       text   NOT NULL UNIQUE,
    account   text   NOT NULL,
    made_at   bigint NOT NULL,
    auth_time bigint NOT NULL,
    seen_at   bigint NOT NULL,
    amr       bigint NOT NULL,
    agent     text   NOT NULL
);
CREATE INDEX dw_sessions_of ON dw_sessions (account, seen_at);
CREATE INDEX dw_sessions_by_age ON dw_sessions (seen_at);
