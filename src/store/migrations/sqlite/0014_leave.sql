-- Whether rules have leave to decide alone, and since when.
CREATE TABLE leave (
    one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    given INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
