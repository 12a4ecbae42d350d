-- What is done behind requests: see <dw/job.h>.
CREATE TABLE dw_jobs (
    id      text   NOT NULL PRIMARY KEY,
    kind    text   NOT NULL,
    key     text   NOT NULL,
    args    text   NOT NULL,
    state   text   NOT NULL,
    attempt bigint NOT NULL,
    due_at  bigint NOT NULL,
    made_at bigint NOT NULL,
    runner  text   NOT NULL,
    error   text   NOT NULL,
    UNIQUE (kind, key)
);
CREATE INDEX dw_jobs_due ON dw_jobs (kind, state, due_at);
