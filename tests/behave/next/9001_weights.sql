-- What the next version of Coffer would bring: the statements of this one stay valid.
ALTER TABLE items ADD COLUMN weight INTEGER NOT NULL DEFAULT 0;
CREATE INDEX items_by_weight ON items (weight, id);
