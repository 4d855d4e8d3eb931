-- Machine accounts of the configuration, resolved once.
CREATE TABLE machine (
    login     TEXT    NOT NULL PRIMARY KEY,
    github_id INTEGER NOT NULL,
    pinned_at INTEGER NOT NULL
) STRICT;

-- Every link that a Slack user or a GitHub account ever had.
CREATE TABLE link_history (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    slack_id  TEXT    NOT NULL,
    github_id INTEGER NOT NULL,
    login     TEXT    NOT NULL,
    -- reviewed, or signed_in
    source    TEXT    NOT NULL,
    since     INTEGER NOT NULL,
    ended_at  INTEGER
) STRICT;

CREATE INDEX link_history_by_slack ON link_history (slack_id);
CREATE INDEX link_history_by_github ON link_history (github_id);

INSERT INTO link_history (slack_id, github_id, login, source, since)
SELECT slack_id, github_id, login, 'reviewed', linked_at FROM link;
