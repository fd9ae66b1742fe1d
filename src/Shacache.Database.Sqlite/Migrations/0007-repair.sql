-- When the bytes of a blob were last compared with its digest.
ALTER TABLE blobs ADD COLUMN verified_at INTEGER NOT NULL DEFAULT 0;    -- milliseconds of UTC since 1970; 0: never
