CREATE TABLE people (
    id    bigint PRIMARY KEY,
    uid   text   NOT NULL UNIQUE,
    name  text   NOT NULL,
    roles bigint NOT NULL
);
INSERT INTO people VALUES (1, 'ann', 'Ann', 0), (2, 'ben', 'Ben', 0);
CREATE TABLE dw_repeats (
    caller  bigint NOT NULL,
    key     text   NOT NULL,
    digest  text   NOT NULL,
    outcome text   NOT NULL,
    made_at bigint NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX dw_repeats_by_age ON dw_repeats (made_at);
