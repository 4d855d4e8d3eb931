-- Whether everything is frozen. The row is always there: whoever approves something looks at it in the same commit.
CREATE TABLE brake (
    one       BIGINT PRIMARY KEY CHECK (one = 1),
    -- Since when; nothing while nothing is frozen.
    since     BIGINT,
    why       TEXT,
    -- Who did it; nothing for an operator.
    slack_id  TEXT,
    login     TEXT,
    -- When a freeze was lifted last.
    lifted_at BIGINT
);

INSERT INTO brake (one) VALUES (1);
