-- How often a blob was used, and what that spared.
ALTER TABLE blobs ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;
