-- What other caches list, apart from the entries that were put here. Every time is milliseconds of UTC since 1970.
CREATE TABLE upstream_listings (
    id         INTEGER PRIMARY KEY,
    key_hash   INTEGER NOT NULL,    -- as in entries
    key        TEXT NOT NULL,
    upstream   TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    age        INTEGER NOT NULL,    -- milliseconds: how old it was when it was fetched
    used_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX upstream_listings_by_key ON upstream_listings (key_hash);
CREATE INDEX upstream_listings_by_used_at ON upstream_listings (used_at);

-- Their order is that of id.
CREATE TABLE upstream_entries (
    id          INTEGER PRIMARY KEY,
    listing     INTEGER NOT NULL,
    information TEXT NOT NULL,      -- this and the next three: as in entries
    signature   ANY NOT NULL,
    digest      BLOB NOT NULL,
    expires_at  INTEGER
) STRICT;

CREATE INDEX upstream_entries_by_listing ON upstream_entries (listing);

-- What was put here and is to be sent to other caches. AUTOINCREMENT: whoever holds an id never finds another row there.
CREATE TABLE forwards (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    upstream    TEXT NOT NULL,
    digest      BLOB NOT NULL,
    key         TEXT,               -- NULL, as the next three: content
    information TEXT,
    signature   ANY,
    expires_at  INTEGER,            -- as in entries
    queued_at   INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    refused_at  INTEGER,            -- NULL: it waits
    problem     TEXT
) STRICT;

CREATE INDEX forwards_by_due_at ON forwards (upstream, due_at, id) WHERE refused_at IS NULL;
CREATE INDEX forwards_by_digest ON forwards (substr(digest, 1, 8));
CREATE INDEX forwards_by_refused_at ON forwards (refused_at) WHERE refused_at IS NOT NULL;
