-- What somebody was shown that they may end, and whether they want to.
CREATE TABLE revocation (
    id         TEXT    NOT NULL PRIMARY KEY,
    slack_id   TEXT    NOT NULL,
    -- The key or the filter that found it.
    wanted     TEXT    NOT NULL,
    -- Whether all of it is their own.
    is_own     BIGINT NOT NULL,
    offered_at BIGINT NOT NULL,
    asked_at   BIGINT,
    reason     TEXT,
    -- Where its progress is shown, and what is shown there.
    channel    TEXT,
    ts         TEXT,
    rendering  TEXT
);

CREATE INDEX revocation_not_asked ON revocation (offered_at) WHERE asked_at IS NULL;

-- Each token of it, in the order in which they were shown.
CREATE TABLE ending (
    revocation      TEXT    NOT NULL,
    place           BIGINT NOT NULL,
    organization_id BIGINT NOT NULL,
    grant_id        BIGINT NOT NULL,
    login           TEXT    NOT NULL,
    token_key       TEXT    NOT NULL,
    token_id        BIGINT,
    owner_id        BIGINT NOT NULL,
    owner_login     TEXT    NOT NULL,
    name            TEXT,
    -- chosen, revoking, gone, kept; and the rest of it.
    stage           TEXT    NOT NULL,
    document        TEXT    NOT NULL,
    PRIMARY KEY (revocation, organization_id, grant_id)
);

-- What still has to be done in an organization.
CREATE INDEX ending_open ON ending (organization_id) WHERE stage IN ('chosen', 'revoking');
CREATE INDEX ending_of_token ON ending (organization_id, grant_id);
-- One at a time ends a token.
CREATE UNIQUE INDEX ending_under_way ON ending (organization_id, grant_id) WHERE stage = 'revoking';
