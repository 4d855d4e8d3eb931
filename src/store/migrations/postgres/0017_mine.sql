-- When those who can decide were last reminded of a request, or of the requests that share a card; milliseconds since 1970.
CREATE TABLE nudge (
    about     TEXT   NOT NULL PRIMARY KEY,
    nudged_at BIGINT NOT NULL
);
-- Who has opened the app's home, and what was published there last: Slack's hash and a digest of our own.
CREATE TABLE home (
    slack_user TEXT   NOT NULL PRIMARY KEY,
    opened_at  BIGINT NOT NULL,
    hash       TEXT,
    rendering  TEXT
);
CREATE INDEX home_by_opening ON home (opened_at);
