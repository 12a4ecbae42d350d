-- Rows of others are not there, whatever a statement forgets: each transaction says who asks, '*' for a statement with a reason.
ALTER TABLE items ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY items_owned ON items
    USING (owner::text = current_setting('dewar.me', true) OR current_setting('dewar.me', true) = '*');
CREATE INDEX items_by_owner_and_time ON items (owner, created_at, id);
