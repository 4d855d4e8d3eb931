-- What programs of other releases have to know before they use this database, and a place to try whether it takes writes.
CREATE TABLE program (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    -- A program that knows fewer migrations than this one must leave the database alone.
    needs  INTEGER NOT NULL,
    writes INTEGER NOT NULL
) STRICT;

INSERT INTO program (one, needs, writes) VALUES (1, 1, 0);
