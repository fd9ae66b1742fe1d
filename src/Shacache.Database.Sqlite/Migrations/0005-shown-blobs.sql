-- When a client was last told that the blob is there, also without reading it: it does not go while that client relies on it. read_at is its last use.
ALTER TABLE blobs ADD COLUMN shown_at INTEGER NOT NULL DEFAULT 0;   -- milliseconds of UTC since 1970; 0: not known
