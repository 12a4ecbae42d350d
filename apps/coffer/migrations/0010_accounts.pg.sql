-- An address counts once it is known to be its account's: until then it is what somebody typed, and anybody may type it.
ALTER TABLE users ADD COLUMN email_verified integer NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1));
CREATE UNIQUE INDEX users_by_verified_email ON users (lower(email)) WHERE email_verified = 1;

-- What was sent by mail to be sent back: of the token only its digest is kept, and it works once.
CREATE TABLE account_links (
    digest     text   NOT NULL PRIMARY KEY,
    account    bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose    text   NOT NULL CHECK (purpose IN ('email', 'reset')),
    email      text   NOT NULL,
    made_at    bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX account_links_by_account ON account_links (account, purpose);
CREATE INDEX account_links_by_end ON account_links (expires_at);
