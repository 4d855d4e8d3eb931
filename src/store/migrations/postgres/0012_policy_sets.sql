-- The sets of policies that were ever in force; entries in the record name them by their hash.
CREATE TABLE policy_set (
    hash       TEXT   NOT NULL PRIMARY KEY,
    body       TEXT   NOT NULL,
    first_seen BIGINT NOT NULL
);
