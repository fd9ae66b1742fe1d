-- An entry whose content was taken away stays, and is not listed before the content is back.
ALTER TABLE entries ADD COLUMN gone_at INTEGER;     -- milliseconds of UTC since 1970; NULL: nothing is known to be missing

CREATE INDEX entries_by_gone_at ON entries (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX entries_gone_by_digest ON entries (substr(digest, 1, 8)) WHERE gone_at IS NOT NULL;
CREATE INDEX entries_by_expires_at ON entries (expires_at) WHERE expires_at IS NOT NULL;

-- Whether what an upstream listed names a blob.
CREATE INDEX upstream_entries_by_digest ON upstream_entries (substr(digest, 1, 8));

-- Also when the listing leaves out what is gone, keys are listed from the index alone.
DROP INDEX entries_in_order;
CREATE INDEX entries_in_order ON entries (key, added_at, expires_at, gone_at);

-- What operators keep or refuse: one object, or what is under one key. The times as above.
CREATE TABLE rules (
    id      INTEGER PRIMARY KEY,
    kind    INTEGER NOT NULL,       -- 1: a pin, 2: a block
    digest  BLOB,                   -- NULL: the rule is about a key
    key     TEXT,                   -- NULL: it is about an object
    made_at INTEGER NOT NULL,
    ends_at INTEGER,                -- NULL: never
    actor   TEXT NOT NULL,
    reason  TEXT NOT NULL           -- empty when none was given
) STRICT;

-- Lines of the audit log go by their age alone, and only those that the clean-up has named here before.
CREATE TABLE audit_cleanup (
    before INTEGER NOT NULL         -- milliseconds of UTC since 1970
) STRICT;

DROP TRIGGER audit_log_is_not_shortened;
CREATE TRIGGER audit_log_is_not_shortened BEFORE DELETE ON audit_log WHEN NOT EXISTS (SELECT 1 FROM audit_cleanup WHERE OLD.at < before)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE UNIQUE INDEX rules_by_digest ON rules (digest, kind) WHERE digest IS NOT NULL;
CREATE UNIQUE INDEX rules_by_key ON rules (key, kind) WHERE key IS NOT NULL;

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

-- How often a blob was used, and what that spared. All of it without a look at the rows that are there, of which there may be millions.
ALTER TABLE blobs ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;

-- The order in which room is made, lowest first: for "least-recent" milliseconds of UTC since 1970, for "cost" a priority that is higher than each of those. Up to
-- here it was the last use, and blobs_by_read_at, which is the index of this column now, keeps its name.
ALTER TABLE blobs RENAME COLUMN read_at TO rank;
ALTER TABLE blobs ADD COLUMN read_at INTEGER;                       -- the last use, milliseconds of UTC since 1970; NULL: the same as rank

ALTER TABLE blobs ADD COLUMN cache INTEGER NOT NULL DEFAULT 0;      -- the numbers of CacheKind; 0: its entries were not looked at
ALTER TABLE blobs ADD COLUMN prefix INTEGER NOT NULL DEFAULT 0;     -- a row of key_prefixes; 0: other
ALTER TABLE blobs ADD COLUMN uploader INTEGER NOT NULL DEFAULT 0;   -- a row of uploaders; 0: not known
ALTER TABLE blobs ADD COLUMN build_ms INTEGER NOT NULL DEFAULT 0;   -- how long its build took; 0: not known
ALTER TABLE blobs ADD COLUMN fetch_ms INTEGER NOT NULL DEFAULT 0;   -- how long it took to come from its origin or an upstream; 0: not known

-- What an entry says of its content, when it counts (docs/protocol.md, "Metadata").
ALTER TABLE entries ADD COLUMN build_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN fetch_ms INTEGER NOT NULL DEFAULT 0;

-- One row: by which order the ranks are, or are becoming.
CREATE TABLE blob_order (
    kind    INTEGER NOT NULL,       -- the numbers of EvictionOrder
    age     INTEGER NOT NULL,       -- the highest rank of a blob that was evicted; by "cost" nothing new begins below it
    next_id INTEGER                 -- from which row on ranks are still of another order; NULL: none is
) STRICT;

INSERT INTO blob_order (kind, age, next_id) VALUES (1, 0, NULL);

CREATE TABLE key_prefixes (
    id     INTEGER PRIMARY KEY,
    prefix TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE uploaders (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE       -- of an account, which may be gone by now
) STRICT;

CREATE TABLE savings (
    day      INTEGER NOT NULL,      -- days since 0001-01-01, as in account_use
    cache    INTEGER NOT NULL,
    prefix   INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    build_ms INTEGER NOT NULL,
    fetch_ms INTEGER NOT NULL,
    PRIMARY KEY (day, cache, prefix)
) STRICT, WITHOUT ROWID;

CREATE TABLE traffic (
    span     INTEGER NOT NULL,      -- the numbers of TrafficSpan
    since    INTEGER NOT NULL,      -- when it begins, milliseconds of UTC since 1970
    cache    INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    hits     INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    PRIMARY KEY (span, since, cache)
) STRICT, WITHOUT ROWID;
