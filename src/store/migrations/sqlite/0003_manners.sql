-- Whose turn it is to change something in an organization on GitHub: one change at a time, at a distance from the last.
-- An App has one installation in an organization.
CREATE TABLE turn (
    organization_id INTEGER PRIMARY KEY,
    -- Who has it, or had it last.
    holder          TEXT    NOT NULL,
    -- When what the holder sends is over at the latest.
    busy_until      INTEGER NOT NULL,
    -- When the next turn may be taken.
    free_at         INTEGER NOT NULL
) STRICT;
