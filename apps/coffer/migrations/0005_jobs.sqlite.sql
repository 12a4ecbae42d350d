-- What is done behind requests: see <dw/job.h>.
CREATE TABLE dw_jobs (
    id      TEXT   NOT NULL PRIMARY KEY,
    kind    TEXT   NOT NULL,
    key     TEXT   NOT NULL,
    args    TEXT   NOT NULL,
    state   TEXT   NOT NULL,
    attempt INTEGER NOT NULL,
    due_at  INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    runner  TEXT   NOT NULL,
    error   TEXT   NOT NULL,
    UNIQUE (kind, key)
) STRICT;
CREATE INDEX dw_jobs_due ON dw_jobs (kind, state, due_at);
