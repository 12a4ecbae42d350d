-- One loan at a time for each book.
CREATE TABLE loans (
    book   INTEGER PRIMARY KEY REFERENCES books (id) ON DELETE CASCADE,
    member INTEGER NOT NULL REFERENCES members (id),
    since  TEXT    NOT NULL
) STRICT;
