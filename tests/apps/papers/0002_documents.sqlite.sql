CREATE TABLE prices (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    doc TEXT NOT NULL,
    "name" TEXT,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX prices_by_name ON prices ("name", id);
CREATE TABLE papers (
    owner INTEGER NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    doc TEXT NOT NULL,
    "order" TEXT,
    "low" INTEGER,
    "done" INTEGER,
    "state" TEXT,
    "ref" TEXT,
    "day" TEXT,
    "at" TEXT,
    "from" TEXT,
    PRIMARY KEY (owner, id)
) STRICT;
CREATE INDEX papers_by_order ON papers (owner, "order", id);
CREATE INDEX papers_by_low ON papers (owner, "low", id);
CREATE INDEX papers_by_done ON papers (owner, "done", id);
CREATE INDEX papers_by_state ON papers (owner, "state", id);
CREATE INDEX papers_by_ref ON papers (owner, "ref", id);
CREATE INDEX papers_by_day ON papers (owner, "day", id);
CREATE INDEX papers_by_at ON papers (owner, "at", id);
CREATE INDEX papers_by_from ON papers (owner, "from", id);
CREATE TABLE items (
    owner INTEGER NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    doc TEXT NOT NULL,
    "name" TEXT,
    "stars" INTEGER,
    "due" TEXT,
    PRIMARY KEY (owner, id)
) STRICT;
CREATE INDEX items_by_name ON items (owner, "name", id);
CREATE INDEX items_by_stars ON items (owner, "stars", id);
CREATE INDEX items_by_due ON items (owner, "due", id);
