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

-- What is filled from an upstream is listed there, and not here.
CREATE INDEX upstream_entries_by_digest ON upstream_entries (substr(digest, 1, 8));

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
