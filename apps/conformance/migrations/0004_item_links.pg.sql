ALTER TABLE items ADD COLUMN site text;
ALTER TABLE items ADD COLUMN tags jsonb;
