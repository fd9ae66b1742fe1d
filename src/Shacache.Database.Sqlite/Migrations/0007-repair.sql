-- When the bytes of a blob were last compared with its digest.
ALTER TABLE blobs ADD COLUMN verified_at INTEGER NOT NULL DEFAULT 0;    -- milliseconds of UTC since 1970; 0: never

CREATE INDEX blobs_by_verified_at ON blobs (verified_at);

-- What was found damaged, the last time for each blob. The times as above.
CREATE TABLE damaged_blobs (
    id        INTEGER PRIMARY KEY,
    digest    BLOB NOT NULL,
    reason    TEXT NOT NULL,
    path      TEXT,                 -- where its file is; NULL: where it was, or there is none
    found_at  INTEGER NOT NULL,
    healed_at INTEGER,              -- NULL: it is still missing
    attempts  INTEGER NOT NULL,     -- how often it could not be had again
    due_at    INTEGER NOT NULL      -- when that is tried next
) STRICT;

CREATE UNIQUE INDEX damaged_blobs_by_digest ON damaged_blobs (digest);
CREATE INDEX damaged_blobs_by_due_at ON damaged_blobs (due_at) WHERE healed_at IS NULL;
CREATE INDEX damaged_blobs_by_healed_at ON damaged_blobs (healed_at) WHERE healed_at IS NOT NULL;

-- One row, of the pass over all blobs that runs or ended last; none before the first.
CREATE TABLE scrub_pass (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    began_at INTEGER NOT NULL,
    ended_at INTEGER,               -- NULL: it runs, or goes on when the server does
    count    INTEGER NOT NULL,
    length   INTEGER NOT NULL,      -- bytes
    damaged  INTEGER NOT NULL
) STRICT;
