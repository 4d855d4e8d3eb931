-- Which request an entry is about: its history is read for whoever looks at it. What was written before is found by nobody
-- but who reads the whole record.
ALTER TABLE audit_entry ADD COLUMN organization_id INTEGER;
ALTER TABLE audit_entry ADD COLUMN request_id INTEGER;

CREATE INDEX audit_entry_by_request ON audit_entry (organization_id, request_id, id) WHERE request_id IS NOT NULL;
