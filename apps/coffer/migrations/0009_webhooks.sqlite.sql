-- What other systems told us.
CREATE TABLE webhook_events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    body        TEXT    NOT NULL,
    received_at TEXT    NOT NULL
) STRICT;

-- … and the ids of those messages: see <dw/webhook.h>.
CREATE TABLE dw_webhooks (
    source  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) STRICT;
CREATE INDEX dw_webhooks_by_age ON dw_webhooks (seen_at);
