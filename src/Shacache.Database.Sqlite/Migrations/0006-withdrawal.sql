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
