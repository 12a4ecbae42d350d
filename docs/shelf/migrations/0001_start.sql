CREATE TABLE members (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    uid           TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    password_hash TEXT    NOT NULL,
    roles         INTEGER NOT NULL
) STRICT;
CREATE TABLE books (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    title   TEXT    NOT NULL,
    isbn    TEXT    NOT NULL UNIQUE,
    year    INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
