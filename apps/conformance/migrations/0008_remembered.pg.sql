-- Browsers that stay signed in: see <dw/remember.h>.
CREATE TABLE dw_remembered (
    id            text   NOT NULL PRIMARY KEY,
    name          text   NOT NULL UNIQUE,
    account       text   NOT NULL,
    digest        text   NOT NULL,
    digest_before text   NOT NULL,
    salt          text   NOT NULL,
    auth_time     bigint NOT NULL,
    amr           bigint NOT NULL,
    rotated_at    bigint NOT NULL,
    expires_at    bigint NOT NULL,
    agent         text   NOT NULL
);
CREATE INDEX dw_remembered_of ON dw_remembered (account, rotated_at);
CREATE INDEX dw_remembered_by_end ON dw_remembered (expires_at);
