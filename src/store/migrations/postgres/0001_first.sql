-- Times are milliseconds since 1970 in UTC; GitHub's numbers are 64-bit integers.

CREATE TABLE request (
    organization_id BIGINT NOT NULL,
    request_id      BIGINT NOT NULL,
    request_key     TEXT   NOT NULL UNIQUE,
    version         BIGINT NOT NULL,
    token_id        BIGINT,
    requester_id    BIGINT NOT NULL,
    state           TEXT   NOT NULL,
    received_at     BIGINT NOT NULL,
    -- Text, not jsonb: it is read back byte by byte, and jsonb refuses the escape of U+0000.
    document        TEXT   NOT NULL,
    PRIMARY KEY (organization_id, request_id)
);

CREATE INDEX request_by_state ON request (state, received_at);
CREATE INDEX request_by_token ON request (organization_id, token_id) WHERE token_id IS NOT NULL;
CREATE INDEX request_by_requester ON request (organization_id, requester_id, received_at);

-- Where a request's card stands in Slack, and which rendering it shows.
CREATE TABLE card (
    request_key TEXT NOT NULL PRIMARY KEY,
    channel_id  TEXT NOT NULL,
    message_ts  TEXT NOT NULL,
    rendering   TEXT NOT NULL
);

-- Cards whose posting began and whose end is not known: they may stand there since about then.
CREATE TABLE posting (
    request_key TEXT   NOT NULL PRIMARY KEY,
    channel_id  TEXT   NOT NULL,
    since       BIGINT NOT NULL
);

-- Lasting trouble that the operators know of, and what they were told.
CREATE TABLE lasting (
    name  TEXT   NOT NULL PRIMARY KEY,
    words TEXT   NOT NULL,
    since BIGINT NOT NULL
);

CREATE TABLE job (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    payload     TEXT   NOT NULL,
    run_at      BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    -- Counts requests for the same work; work asked for again while it runs is done again.
    generation  BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    given_up_at BIGINT,
    cause       TEXT,
    UNIQUE (kind, subject)
);

CREATE INDEX job_by_run_at ON job (run_at) WHERE given_up_at IS NULL;

-- Entries are written with what they record and numbered when they are sealed. Transactions that run at the same time
-- may commit out of the order of their ids: the order of the record is that of n.
CREATE TABLE audit_entry (
    id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at   BIGINT NOT NULL,
    body TEXT   NOT NULL,
    n    BIGINT UNIQUE,
    hash TEXT
);

CREATE INDEX audit_entry_unsealed ON audit_entry (id) WHERE n IS NULL;

CREATE TABLE audit_seal (
    batch BIGINT PRIMARY KEY,
    last  BIGINT NOT NULL,
    body  TEXT   NOT NULL
);

-- Remembered deliveries save work; nothing depends on them.
CREATE TABLE delivery (
    id          TEXT   NOT NULL PRIMARY KEY,
    received_at BIGINT NOT NULL
);

CREATE INDEX delivery_by_age ON delivery (received_at);

CREATE TABLE installation (
    id              BIGINT PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    login           TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    updated_at      BIGINT NOT NULL
);

-- Logins of the reviewed mapping, resolved once.
CREATE TABLE link (
    login     TEXT   NOT NULL PRIMARY KEY,
    github_id BIGINT NOT NULL,
    slack_id  TEXT   NOT NULL,
    linked_at BIGINT NOT NULL
);

-- The one Slack installation this database belongs to.
CREATE TABLE slack_installation (
    one                   BIGINT  PRIMARY KEY CHECK (one = 1),
    app_id                TEXT    NOT NULL,
    team_id               TEXT,
    enterprise_id         TEXT,
    is_enterprise_install BOOLEAN NOT NULL,
    pinned_at             BIGINT  NOT NULL
);
