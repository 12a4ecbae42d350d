-- What an account has beside its password: an address, a second factor, what was mailed to it; and what is kept with a session.
ALTER TABLE users ADD COLUMN email TEXT;
-- The seed of somebody who comes from another framework, until the first sign-in moves it to dw_mfa.
ALTER TABLE users ADD COLUMN totp_seed TEXT;
-- Second factors: see <dw/mfa.h>. The seed is sealed; codes are digests.
CREATE TABLE dw_mfa (
    account   INTEGER NOT NULL PRIMARY KEY,
    seed      TEXT    NOT NULL,
    root      TEXT    NOT NULL,
    active    INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    failures  INTEGER NOT NULL,
    free_at   INTEGER NOT NULL,
    made_at   INTEGER NOT NULL
) STRICT;
CREATE TABLE dw_mfa_codes (
    account INTEGER NOT NULL,
    code    TEXT    NOT NULL,
    PRIMARY KEY (account, code)
) STRICT;
-- See <dw/session_values.h>.
CREATE TABLE dw_session_values (
    session TEXT NOT NULL REFERENCES dw_sessions (uid) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (session, name)
) STRICT;
CREATE TABLE resets (
    digest     TEXT    NOT NULL PRIMARY KEY,
    account    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX resets_of ON resets (account);
-- What a mail would have brought, for testers.
CREATE TABLE outbox (
    username TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
    token    TEXT NOT NULL
) STRICT;
-- More of the fixture's people: one with a second factor, two whose hashes Werkzeug made. The password of each is: correct horse battery staple 1
INSERT INTO users (uid, username, password_hash, roles, disabled, totp_seed) VALUES
    ('8796d4ee-2427-40cd-877d-cc2e3c8cdaa5', 'dave', '$argon2id$v=19$m=19456,t=2,p=1$9o9U426FPPC2zo0y4X80YQ$db/4vNlccJDTMX5l6pe7W8y+zMNEbUHo0IPqMa029hY', 1, 0, 'JBSWY3DPEHPK3PXP'),
    ('86ed242f-4f0a-4a65-93a5-14197e79ee4e', 'frank', 'scrypt:32768:8:1$Wn3tR0pYc8KdLm2Q$a1e8efe94d34e9b75e81347a8c20c760fdcf06a0ea3dd19af8e36c509389674e7ffb2be7f6e8276397b2accba07af320dc706acf35df3c82bc5e31e6bfe7bb11', 1, 0, NULL),
    ('8496845e-3460-4650-9704-327762de1106', 'grace', 'pbkdf2:sha256:260000$q7HvZ2xJf9Ta4UeB$5fbe3e0142ea42d29fc26b3555b50261b5554cd53fe09f8342a35d3403021bcf', 1, 0, NULL);
