-- How much rules have approved for a person on a day; days since 1970, in UTC.
CREATE TABLE share (
    github_id INTEGER NOT NULL,
    day       INTEGER NOT NULL,
    used      INTEGER NOT NULL,
    PRIMARY KEY (github_id, day)
) STRICT, WITHOUT ROWID;
