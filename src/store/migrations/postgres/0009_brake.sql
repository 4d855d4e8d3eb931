-- When somebody asked last for everything to be frozen: an older wish to lift it does not count any more.
ALTER TABLE brake ADD COLUMN wanted_at BIGINT;

-- How often a freeze was lifted: what was judged at another count was judged before one.
ALTER TABLE brake ADD COLUMN lifts BIGINT NOT NULL DEFAULT 0;

UPDATE brake SET lifts = 1 WHERE lifted_at IS NOT NULL;
