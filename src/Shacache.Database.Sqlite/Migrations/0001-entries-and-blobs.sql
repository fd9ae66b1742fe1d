-- Signed entries. Newest first is the order of id, which also holds for rows added within one tick of the clock.
CREATE TABLE entries (
    id          INTEGER PRIMARY KEY,
    key_hash    INTEGER NOT NULL,   -- first 8 bytes of the SHA-256 of key: what the index holds instead of the text
    pair_hash   INTEGER NOT NULL,   -- first 4 bytes of the SHA-256 of information, NUL, signature
    key         TEXT NOT NULL,
    information TEXT NOT NULL,      -- verbatim: the signature covers its UTF-8 bytes
    signature   ANY NOT NULL,       -- BLOB of the decoded bytes when encoding them gives the text back; else TEXT, verbatim
    digest      BLOB NOT NULL,      -- member sha512 of information, 64 bytes
    expires_at  INTEGER,            -- ticks of 100 ns of UTC since the year 1; NULL: never
    added_at    INTEGER NOT NULL    -- milliseconds of UTC since 1970
) STRICT;

-- Not unique: equal hashes only say where to look. The one statement that adds rows compares the texts themselves.
CREATE INDEX entries_by_key ON entries (key_hash, pair_hash);
CREATE INDEX entries_by_digest ON entries (substr(digest, 1, 8));

-- What is known of blobs. Never the truth: the blob store is.
CREATE TABLE blobs (
    id         INTEGER PRIMARY KEY,
    digest     BLOB NOT NULL,       -- 64 bytes
    length     INTEGER NOT NULL,    -- bytes
    stored_at  INTEGER NOT NULL,    -- milliseconds of UTC since 1970, as the next one
    read_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX blobs_by_digest ON blobs (substr(digest, 1, 8));
CREATE INDEX blobs_by_read_at ON blobs (read_at);

-- One row, kept by the transactions that change blobs, so that nobody has to count.
CREATE TABLE blob_totals (
    count  INTEGER NOT NULL,
    length INTEGER NOT NULL         -- bytes
) STRICT;

INSERT INTO blob_totals (count, length) VALUES (0, 0);
