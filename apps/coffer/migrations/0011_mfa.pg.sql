-- Second factors: see <dw/mfa.h>. The seed is sealed; codes are digests.
CREATE TABLE dw_mfa (
    account   bigint NOT NULL PRIMARY KEY,
    seed      text   NOT NULL,
    root      text   NOT NULL,
    active    bigint NOT NULL,
    last_step bigint NOT NULL,
    failures  bigint NOT NULL,
    free_at   bigint NOT NULL,
    made_at   bigint NOT NULL
);
CREATE TABLE dw_mfa_codes (
    account bigint NOT NULL,
    code    text   NOT NULL,
    PRIMARY KEY (account, code)
);
