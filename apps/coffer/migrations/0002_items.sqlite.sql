-- What people keep. The version is what ETag and If-Match compare.
CREATE TABLE items (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    owner       INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    version     INTEGER NOT NULL DEFAULT 1,
    created_at  TEXT    NOT NULL,
    updated_at  TEXT    NOT NULL
) STRICT;
CREATE INDEX items_by_owner ON items (owner, id);
CREATE INDEX items_by_owner_and_name ON items (owner, name, id);
