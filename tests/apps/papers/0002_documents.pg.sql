CREATE TABLE prices (
    id text NOT NULL,
    version bigint NOT NULL,
    doc jsonb NOT NULL,
    "name" text GENERATED ALWAYS AS ((doc ->> 'name')::text) STORED,
    PRIMARY KEY (id)
);
CREATE INDEX prices_by_name ON prices ("name", id);
CREATE TABLE papers (
    owner bigint NOT NULL,
    id text NOT NULL,
    version bigint NOT NULL,
    doc jsonb NOT NULL,
    "order" text GENERATED ALWAYS AS ((doc ->> 'the-order')::text) STORED,
    "low" bigint GENERATED ALWAYS AS ((doc ->> 'low')::bigint) STORED,
    "done" boolean GENERATED ALWAYS AS ((doc ->> 'done')::boolean) STORED,
    "state" text GENERATED ALWAYS AS ((doc ->> 'state')::text) STORED,
    "ref" text GENERATED ALWAYS AS ((doc ->> 'ref')::text) STORED,
    "day" text GENERATED ALWAYS AS ((doc ->> 'day')::text) STORED,
    "at" text GENERATED ALWAYS AS ((doc ->> 'at')::text) STORED,
    "from" text GENERATED ALWAYS AS ((doc ->> 'from')::text) STORED,
    PRIMARY KEY (owner, id)
);
CREATE INDEX papers_by_order ON papers (owner, "order", id);
CREATE INDEX papers_by_low ON papers (owner, "low", id);
CREATE INDEX papers_by_done ON papers (owner, "done", id);
CREATE INDEX papers_by_state ON papers (owner, "state", id);
CREATE INDEX papers_by_ref ON papers (owner, "ref", id);
CREATE INDEX papers_by_day ON papers (owner, "day", id);
CREATE INDEX papers_by_at ON papers (owner, "at", id);
CREATE INDEX papers_by_from ON papers (owner, "from", id);
ALTER TABLE papers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY papers_owned ON papers
    USING (owner::text = current_setting('dewar.me', true) OR current_setting('dewar.me', true) = '*');
CREATE TABLE items (
    owner bigint NOT NULL,
    id text NOT NULL,
    version bigint NOT NULL,
    doc jsonb NOT NULL,
    "name" text GENERATED ALWAYS AS ((doc ->> 'name')::text) STORED,
    "stars" bigint GENERATED ALWAYS AS ((doc ->> 'stars')::bigint) STORED,
    "due" text GENERATED ALWAYS AS ((doc ->> 'due')::text) STORED,
    PRIMARY KEY (owner, id)
);
CREATE INDEX items_by_name ON items (owner, "name", id);
CREATE INDEX items_by_stars ON items (owner, "stars", id);
CREATE INDEX items_by_due ON items (owner, "due", id);
ALTER TABLE items ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY items_owned ON items
    USING (owner::text = current_setting('dewar.me', true) OR current_setting('dewar.me', true) = '*');
