-- An address counts once it is known to be its account's: until then it is what somebody typed, and anybody may type it.
ALTER TABLE users ADD COLUMN email_verified INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX users_by_verified_email ON users (lower(email)) WHERE email_verified = 1;

-- What was sent by mail to be sent back: of the token only its digest is kept, and it works once.
CREATE TABLE account_links (
    digest     TEXT    NOT NULL PRIMARY KEY,
    account    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose    TEXT    NOT NULL CHECK (purpose IN ('email', 'reset')),
    email      TEXT    NOT NULL,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX account_links_by_account ON account_links (account, purpose);
CREATE INDEX account_links_by_end ON account_links (expires_at);
