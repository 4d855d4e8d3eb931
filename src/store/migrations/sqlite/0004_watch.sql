-- Where people find a request: on a card of its own, or on the card of a list.
CREATE TABLE showing (
    request_key    TEXT    NOT NULL PRIMARY KEY,
    channel_id     TEXT    NOT NULL,
    collection_key TEXT,
    since          INTEGER NOT NULL
) STRICT;

CREATE INDEX showing_by_channel ON showing (channel_id, since);
CREATE INDEX showing_by_collection ON showing (collection_key) WHERE collection_key IS NOT NULL;

-- Lists of requests that share one card.
CREATE TABLE collection (
    collection_key TEXT    NOT NULL PRIMARY KEY,
    channel_id     TEXT    NOT NULL,
    cause          TEXT    NOT NULL,
    -- The organization, the person or nothing in particular, by the cause.
    about          TEXT    NOT NULL,
    made_at        INTEGER NOT NULL
) STRICT;

CREATE INDEX collection_by_cause ON collection (channel_id, cause, about, made_at);

-- How far each organization's list of pending requests was compared with ours.
CREATE TABLE reconciliation (
    organization_id INTEGER NOT NULL PRIMARY KEY,
    -- When the list was read to its end for the first time.
    baseline_at     INTEGER NOT NULL,
    finished_at     INTEGER NOT NULL
) STRICT;

-- How far a list that only grows was read.
CREATE TABLE progress (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
