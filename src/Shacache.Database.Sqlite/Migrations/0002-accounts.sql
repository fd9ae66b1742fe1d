-- Accounts. Every time is milliseconds of UTC since 1970. Names are of one case only, so equal bytes are equal names.
CREATE TABLE accounts (
    name              TEXT PRIMARY KEY,
    may_upload        INTEGER NOT NULL,
    may_administer    INTEGER NOT NULL,
    index_prefixes    TEXT,             -- one a line; NULL: none, the empty text: the empty prefix, which fits every key
    max_bytes_per_day INTEGER,          -- NULL: any number
    created_at        INTEGER NOT NULL,
    revoked_at        INTEGER,          -- NULL: in force
    distrusted_before INTEGER           -- the last revocation, also when it was approved anew; NULL: never revoked
) STRICT, WITHOUT ROWID;

CREATE TABLE account_requests (
    id              INTEGER PRIMARY KEY,
    key_fingerprint BLOB NOT NULL UNIQUE,   -- SHA-256 of the public key
    name            TEXT NOT NULL,
    pem             TEXT NOT NULL,
    requested_at    INTEGER NOT NULL,
    sender          TEXT NOT NULL
) STRICT;

CREATE TABLE account_certificates (
    id              INTEGER PRIMARY KEY,
    account         TEXT NOT NULL,
    fingerprint     BLOB NOT NULL UNIQUE,   -- SHA-256 of the certificate
    key_fingerprint BLOB NOT NULL,
    serial_number   TEXT NOT NULL,
    not_before      INTEGER NOT NULL,
    not_after       INTEGER NOT NULL,
    pem             TEXT NOT NULL,
    revoked_at      INTEGER
) STRICT;

CREATE INDEX account_certificates_by_account ON account_certificates (account);
CREATE INDEX account_certificates_by_key ON account_certificates (key_fingerprint);

CREATE TABLE account_tokens (
    number      INTEGER PRIMARY KEY,        -- the order they were made in
    id          TEXT NOT NULL UNIQUE,
    account     TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE,       -- SHA-256 of the secret, which is nowhere
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    revoked_at  INTEGER
) STRICT;

CREATE INDEX account_tokens_by_account ON account_tokens (account);

-- Bytes that were uploaded in a day.
CREATE TABLE account_use (
    day     INTEGER NOT NULL,               -- days since 0001-01-01
    account TEXT NOT NULL,
    bytes   INTEGER NOT NULL,
    PRIMARY KEY (day, account)
) STRICT, WITHOUT ROWID;

-- Who did what. AUTOINCREMENT: no position is ever used twice.
CREATE TABLE audit_log (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    action   INTEGER NOT NULL,              -- the numbers of AuditAction
    subject  ANY NOT NULL,                  -- BLOB of 64 bytes for a digest; else TEXT
    sender   TEXT NOT NULL,
    detail   TEXT NOT NULL
) STRICT;

CREATE INDEX audit_log_by_actor ON audit_log (actor, position);
CREATE INDEX audit_log_by_subject ON audit_log (substr(subject, 1, 24));

CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_log_is_not_shortened BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- INSERT OR REPLACE would delete without a word.
CREATE TRIGGER audit_log_is_not_replaced BEFORE INSERT ON audit_log WHEN EXISTS (SELECT 1 FROM audit_log WHERE position = NEW.position)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
