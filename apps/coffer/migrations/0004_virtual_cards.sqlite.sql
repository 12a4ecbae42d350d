-- Cards that people make. Of the number only its end is kept; there is no CVV.
CREATE TABLE virtual_cards (
    id              TEXT    PRIMARY KEY,
    owner           INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    cardholder_name TEXT    NOT NULL,
    currency        TEXT    NOT NULL CHECK (currency IN ('USD', 'EUR', 'GBP')),
    expiry_date     TEXT,
    card_limit      INTEGER NOT NULL,
    is_blocked      INTEGER NOT NULL DEFAULT 0 CHECK (is_blocked IN (0, 1)),
    last4           TEXT    NOT NULL,
    created_at      TEXT    NOT NULL
) STRICT;
CREATE INDEX virtual_cards_by_owner ON virtual_cards (owner, created_at, id);

-- What was answered under an Idempotency-Key: see <dw/repeat.h>.
CREATE TABLE dw_repeats (
    caller  INTEGER NOT NULL,
    key     TEXT    NOT NULL,
    digest  TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT;
CREATE INDEX dw_repeats_by_age ON dw_repeats (made_at);
