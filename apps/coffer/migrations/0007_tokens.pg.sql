-- Sign-ins whose tokens can be renewed and ended: see <dw/token.h>.
CREATE TABLE dw_token_families (
    id            text   NOT NULL PRIMARY KEY,
    uid           text   NOT NULL,
    digest        text   NOT NULL,
    digest_before text   NOT NULL,
    salt          text   NOT NULL,
    auth_time     bigint NOT NULL,
    rotated_at    bigint NOT NULL,
    expires_at    bigint NOT NULL
);
CREATE INDEX dw_token_families_by_account ON dw_token_families (uid, rotated_at);
CREATE INDEX dw_token_families_by_end ON dw_token_families (expires_at);
