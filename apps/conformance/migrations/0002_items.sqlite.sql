CREATE TABLE items (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    owner       INTEGER NOT NULL REFERENCES users (id),
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    qty         INTEGER,
    price       REAL,
    active      INTEGER,
    slug        TEXT
) STRICT;
