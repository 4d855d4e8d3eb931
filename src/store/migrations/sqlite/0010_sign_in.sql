-- Links that people made themselves, one to one.
CREATE TABLE self_link (
    slack_id  TEXT    NOT NULL PRIMARY KEY,
    github_id INTEGER NOT NULL UNIQUE,
    login     TEXT    NOT NULL,
    linked_at INTEGER NOT NULL
) STRICT;

-- The last try of each person to link their accounts. Nothing here opens anything: what does is kept as a digest.
CREATE TABLE link_ticket (
    slack_id  TEXT    NOT NULL PRIMARY KEY,
    id        TEXT    NOT NULL UNIQUE,
    version   INTEGER NOT NULL,
    asked_at  INTEGER NOT NULL,
    -- asked, in_slack, on_github, linked, refused
    stage     TEXT    NOT NULL,
    browser   TEXT,
    name      TEXT,
    github_id INTEGER,
    login     TEXT
) STRICT;
