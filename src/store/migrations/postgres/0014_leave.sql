-- Whether rules have leave to decide alone, and since when.
CREATE TABLE leave (
    one   BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    given BIGINT NOT NULL,
    since BIGINT NOT NULL
);
