-- How much rules have approved for a person on a day; days since 1970, in UTC.
CREATE TABLE share (
    github_id BIGINT NOT NULL,
    day       BIGINT NOT NULL,
    used      BIGINT NOT NULL,
    PRIMARY KEY (github_id, day)
);
