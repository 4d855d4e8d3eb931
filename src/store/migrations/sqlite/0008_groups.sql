-- GitHub teams of the configuration, resolved once: the name may go to another team, the number stays.
CREATE TABLE team_pin (
    organization    TEXT    NOT NULL,
    slug            TEXT    NOT NULL,
    organization_id INTEGER NOT NULL,
    team_id         INTEGER NOT NULL,
    pinned_at       INTEGER NOT NULL,
    PRIMARY KEY (organization, slug)
) STRICT, WITHOUT ROWID;

-- Where members of groups come from: a Slack user group, a GitHub team, an organization's owners.
CREATE TABLE group_source (
    source      TEXT    NOT NULL PRIMARY KEY,
    -- When its members were read for the first time.
    baseline_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who was ever seen there: Slack users by id, GitHub users by number.
CREATE TABLE group_member (
    source  TEXT    NOT NULL,
    member  TEXT    NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (source, member)
) STRICT, WITHOUT ROWID;
