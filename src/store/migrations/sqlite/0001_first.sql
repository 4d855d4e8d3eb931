-- Times are milliseconds since 1970 in UTC; GitHub's numbers are 64-bit integers.

CREATE TABLE request (
    organization_id INTEGER NOT NULL,
    request_id      INTEGER NOT NULL,
    request_key     TEXT    NOT NULL UNIQUE,
    version         INTEGER NOT NULL,
    token_id        INTEGER,
    requester_id    INTEGER NOT NULL,
    state           TEXT    NOT NULL,
    received_at     INTEGER NOT NULL,
    document        TEXT    NOT NULL,
    PRIMARY KEY (organization_id, request_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX request_by_state ON request (state, received_at);
CREATE INDEX request_by_token ON request (organization_id, token_id) WHERE token_id IS NOT NULL;
CREATE INDEX request_by_requester ON request (organization_id, requester_id, received_at);

-- Where a request's card stands in Slack, and which rendering it shows.
CREATE TABLE card (
    request_key TEXT NOT NULL PRIMARY KEY,
    channel_id  TEXT NOT NULL,
    message_ts  TEXT NOT NULL,
    rendering   TEXT NOT NULL
) STRICT;

-- Cards whose posting began and whose end is not known: they may stand there since about then.
CREATE TABLE posting (
    request_key TEXT    NOT NULL PRIMARY KEY,
    channel_id  TEXT    NOT NULL,
    since       INTEGER NOT NULL
) STRICT;

-- Lasting trouble that the operators know of, and what they were told.
CREATE TABLE lasting (
    name  TEXT    NOT NULL PRIMARY KEY,
    words TEXT    NOT NULL,
    since INTEGER NOT NULL
) STRICT;

CREATE TABLE job (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    payload     TEXT    NOT NULL,
    run_at      INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    -- Counts requests for the same work; work asked for again while it runs is done again.
    generation  INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER,
    given_up_at INTEGER,
    cause       TEXT,
    UNIQUE (kind, subject)
) STRICT;

CREATE INDEX job_by_run_at ON job (run_at) WHERE given_up_at IS NULL;

-- Entries are written with what they record and numbered when they are sealed.
CREATE TABLE audit_entry (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    at   INTEGER NOT NULL,
    body TEXT    NOT NULL,
    n    INTEGER UNIQUE,
    hash TEXT
) STRICT;

CREATE INDEX audit_entry_unsealed ON audit_entry (id) WHERE n IS NULL;

CREATE TABLE audit_seal (
    batch INTEGER PRIMARY KEY,
    last  INTEGER NOT NULL,
    body  TEXT    NOT NULL
) STRICT;

-- Remembered deliveries save work; nothing depends on them.
CREATE TABLE delivery (
    id          TEXT    NOT NULL PRIMARY KEY,
    received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_by_age ON delivery (received_at);

CREATE TABLE installation (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    login           TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;

-- Logins of the reviewed mapping, resolved once.
CREATE TABLE link (
    login     TEXT    NOT NULL PRIMARY KEY,
    github_id INTEGER NOT NULL,
    slack_id  TEXT    NOT NULL,
    linked_at INTEGER NOT NULL
) STRICT;

-- The one Slack installation this database belongs to.
CREATE TABLE slack_installation (
    one                   INTEGER PRIMARY KEY CHECK (one = 1),
    app_id                TEXT    NOT NULL,
    team_id               TEXT,
    enterprise_id         TEXT,
    is_enterprise_install INTEGER NOT NULL,
    pinned_at             INTEGER NOT NULL
) STRICT;
