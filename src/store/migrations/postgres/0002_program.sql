-- What programs of other releases have to know before they use this database, and a place to try whether it takes writes.
CREATE TABLE program (
    one    BIGINT PRIMARY KEY CHECK (one = 1),
    -- A program that knows fewer migrations than this one must leave the database alone.
    needs  BIGINT NOT NULL,
    writes BIGINT NOT NULL
);

INSERT INTO program (one, needs, writes) VALUES (1, 1, 0);
