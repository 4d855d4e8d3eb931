-- Active tokens, as GitHub's lists told them. What has no end, was never used or is not known stands for itself in the
-- order in which people are shown it: see src/token/sort.rs.
CREATE TABLE token (
    number           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id  BIGINT NOT NULL,
    grant_id         BIGINT NOT NULL,
    token_key        TEXT    NOT NULL UNIQUE,
    token_id         BIGINT,
    owner_id         BIGINT NOT NULL,
    owner_login      TEXT    NOT NULL,
    expires          BIGINT NOT NULL,
    used             BIGINT NOT NULL,
    granted          BIGINT NOT NULL,
    -- none, all, subset, or GitHub's word.
    reach            TEXT    NOT NULL,
    -- How many repositories a subset has, and whether all of them are known.
    repository_count BIGINT,
    is_listed        BIGINT NOT NULL,
    -- When they were read.
    listed_at        BIGINT,
    -- active; missing, when the last list did not show it; gone.
    state            TEXT    NOT NULL,
    first_seen_at    BIGINT NOT NULL,
    seen_at          BIGINT NOT NULL,
    gone_at          BIGINT,
    -- When GitHub was last asked for this one alone and did not tell.
    tried_at         BIGINT,
    name             TEXT,
    -- The name as it is searched.
    words            TEXT,
    UNIQUE (organization_id, grant_id)
);

-- What is there, in each order in which it is shown.
CREATE INDEX token_by_expires ON token (expires, organization_id, grant_id) WHERE state <> 'gone';
CREATE INDEX token_by_used ON token (used, organization_id, grant_id) WHERE state <> 'gone';
CREATE INDEX token_by_granted ON token (granted, organization_id, grant_id) WHERE state <> 'gone';
CREATE INDEX token_by_owner ON token (owner_login COLLATE "C", organization_id, grant_id) WHERE state <> 'gone';
-- How much is there of whom.
CREATE INDEX token_by_place ON token (organization_id, owner_id) WHERE state <> 'gone';
CREATE INDEX token_by_token ON token (organization_id, token_id) WHERE token_id IS NOT NULL;
CREATE INDEX token_missing ON token (organization_id, seen_at) WHERE state = 'missing';
CREATE INDEX token_unlisted ON token (organization_id, first_seen_at)
    WHERE reach = 'subset' AND listed_at IS NULL AND state <> 'gone';

-- GitHub's words for permissions and levels, as they were told.
CREATE TABLE permission (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    grp    TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    level  TEXT    NOT NULL,
    UNIQUE (grp, name, level)
);

CREATE TABLE token_permission (
    token      BIGINT NOT NULL,
    permission BIGINT NOT NULL,
    PRIMARY KEY (token, permission)
);

CREATE TABLE repository (
    number          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    repository_id   BIGINT NOT NULL,
    full_name       TEXT    NOT NULL,
    -- Both parts of it in lower case.
    owner           TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    is_private      BIGINT,
    UNIQUE (organization_id, repository_id)
);

CREATE TABLE token_repository (
    token      BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    PRIMARY KEY (token, repository)
);

-- How far each organization's list of tokens was read.
CREATE TABLE mirror (
    organization_id BIGINT NOT NULL PRIMARY KEY,
    login           TEXT    NOT NULL,
    -- When the list was read to its end for the first time, and last: as it was when that began.
    baseline_at     BIGINT,
    finished_at     BIGINT,
    -- The reading that is on its way: when it began, where it goes on, and whether everything in it made sense.
    started_at      BIGINT,
    cursor          TEXT,
    pages           BIGINT NOT NULL,
    unreadable      BIGINT NOT NULL,
    -- How many of these do not even say which they are.
    nameless        BIGINT NOT NULL,
    -- How many made no sense in the last reading that came to its end.
    unread          BIGINT NOT NULL
);
