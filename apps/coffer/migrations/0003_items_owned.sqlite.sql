-- SQLite has no row-level security: the statements are judged, and that is all. The index is for the list in the order of time.
CREATE INDEX items_by_owner_and_time ON items (owner, created_at, id);
