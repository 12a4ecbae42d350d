-- Cards that people make. Of the number only its end is kept; there is no CVV.
CREATE TABLE virtual_cards (
    id              text    PRIMARY KEY,
    owner           bigint  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    cardholder_name text    NOT NULL,
    currency        text    NOT NULL CHECK (currency IN ('USD', 'EUR', 'GBP')),
    expiry_date     text,
    card_limit      bigint  NOT NULL,
    is_blocked      boolean NOT NULL DEFAULT false,
    last4           text    NOT NULL,
    created_at      text    NOT NULL
);
CREATE INDEX virtual_cards_by_owner ON virtual_cards (owner, created_at, id);
ALTER TABLE virtual_cards ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY virtual_cards_owned ON virtual_cards
    USING (owner::text = current_setting('dewar.me', true) OR current_setting('dewar.me', true) = '*');

-- What was answered under an Idempotency-Key: see <dw/repeat.h>.
CREATE TABLE dw_repeats (
    caller  bigint NOT NULL,
    key     text   NOT NULL,
    digest  text   NOT NULL,
    outcome text   NOT NULL,
    made_at bigint NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX dw_repeats_by_age ON dw_repeats (made_at);
