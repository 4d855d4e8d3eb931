-- When the newest attempt is over: nothing of it is sent later. Version 0.1 does not say.
ALTER TABLE posting ADD COLUMN over_at bigint;
