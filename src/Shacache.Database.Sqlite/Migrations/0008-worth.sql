-- How often a blob was used, and what that spared.
ALTER TABLE blobs ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;

CREATE TABLE key_prefixes (
    id     INTEGER PRIMARY KEY,
    prefix TEXT NOT NULL UNIQUE
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
