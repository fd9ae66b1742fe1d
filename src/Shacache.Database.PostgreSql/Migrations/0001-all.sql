-- Everything but the row of schema_version, which the program writes (Engine/Migration.cs). All in the schema "shacache", which is the search path.
--
-- Times are milliseconds of UTC since 1970 where nothing else is said: those of the nodes, which tests and operators can set. Digests are 64 bytes.
-- Keys compare by their bytes. A later migration adds; what a node of the version before reads, writes or calls stays as it is.

-- Signed entries. Newest first is the order of id. Of one key, numbers commit in their order: each addition holds the lock of its key before it draws one.
CREATE TABLE entries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         text COLLATE "C" NOT NULL,
    pair        bytea NOT NULL,     -- SHA-256 of key, NUL, information, NUL, signature: an equal one is the same entry under the same key
    information text NOT NULL,      -- verbatim: the signature covers its UTF-8 bytes
    signature   text NOT NULL,      -- verbatim
    digest      bytea NOT NULL,     -- member sha512 of information
    expires_at  bigint,             -- ticks of 100 ns of UTC since the year 1; NULL: never
    added_at    bigint NOT NULL,
    gone_at     bigint,             -- since when its content is known to be missing; NULL: nothing is
    build_ms    bigint NOT NULL,    -- what it says of its content, when it counts; 0: nothing
    fetch_ms    bigint NOT NULL
);

CREATE UNIQUE INDEX entries_by_pair ON entries (pair);
-- With what decides about a key, so that keys are listed from the index alone.
CREATE INDEX entries_by_key ON entries (key, id) INCLUDE (added_at, expires_at, gone_at);
CREATE INDEX entries_by_digest ON entries (digest, id);
CREATE INDEX entries_by_gone_at ON entries (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX entries_gone_by_digest ON entries (digest) WHERE gone_at IS NOT NULL;
CREATE INDEX entries_by_expires_at ON entries (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE accounts (
    name              text COLLATE "C" PRIMARY KEY,
    may_upload        boolean NOT NULL,
    may_administer    boolean NOT NULL,
    index_prefixes    text,             -- one a line; NULL: none, the empty text: the empty prefix, which fits every key
    max_bytes_per_day bigint,           -- NULL: any number
    created_at        bigint NOT NULL,
    revoked_at        bigint,           -- NULL: in force
    distrusted_before bigint            -- the last revocation, also when it was approved anew; NULL: never revoked
);

CREATE TABLE account_requests (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key_fingerprint bytea NOT NULL UNIQUE,  -- SHA-256 of the public key
    name            text NOT NULL,
    pem             text NOT NULL,
    requested_at    bigint NOT NULL,
    sender          text NOT NULL
);

CREATE TABLE account_certificates (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account         text COLLATE "C" NOT NULL,
    fingerprint     bytea NOT NULL UNIQUE,  -- SHA-256 of the certificate
    key_fingerprint bytea NOT NULL,
    serial_number   text NOT NULL,
    not_before      bigint NOT NULL,
    not_after       bigint NOT NULL,
    pem             text NOT NULL,
    revoked_at      bigint
);

CREATE INDEX account_certificates_by_account ON account_certificates (account);
CREATE INDEX account_certificates_by_key ON account_certificates (key_fingerprint, id);

CREATE TABLE account_tokens (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,    -- the order they were made in
    id          text COLLATE "C" NOT NULL UNIQUE,
    account     text COLLATE "C" NOT NULL,
    secret_hash bytea NOT NULL UNIQUE,      -- SHA-256 of the secret, which is nowhere
    created_at  bigint NOT NULL,
    expires_at  bigint NOT NULL,
    revoked_at  bigint
);

CREATE INDEX account_tokens_by_account ON account_tokens (account);

-- Bytes that were uploaded in a day, on all nodes together.
CREATE TABLE account_use (
    day     integer NOT NULL,               -- days since 0001-01-01
    account text COLLATE "C" NOT NULL,
    bytes   bigint NOT NULL,
    PRIMARY KEY (day, account)
);

-- Who did what.
CREATE TABLE audit_log (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       bigint NOT NULL,
    actor    text COLLATE "C" NOT NULL,
    action   smallint NOT NULL,             -- the numbers of AuditAction
    subject  text COLLATE "C" NOT NULL,
    sender   text NOT NULL,
    detail   text NOT NULL
);

CREATE INDEX audit_log_by_actor ON audit_log (actor, position);
CREATE INDEX audit_log_by_subject ON audit_log (left(subject, 64), position);

-- Lines of the audit log go by their age alone, and only those that the clean-up has named here before.
CREATE TABLE audit_cleanup (
    before bigint NOT NULL
);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM audit_cleanup WHERE OLD.at < before) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only';
END $$;

CREATE TRIGGER audit_log_is_kept BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_log_is_not_emptied BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- What other caches list, apart from the entries that were put here.
CREATE TABLE upstream_listings (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text COLLATE "C" NOT NULL UNIQUE,
    upstream   text NOT NULL,
    fetched_at bigint NOT NULL,
    age        bigint NOT NULL,             -- milliseconds: how old it was when it was fetched
    used_at    bigint NOT NULL
);

CREATE INDEX upstream_listings_by_used_at ON upstream_listings (used_at);

CREATE TABLE upstream_entries (
    listing     bigint NOT NULL REFERENCES upstream_listings ON DELETE CASCADE,
    place       integer NOT NULL,           -- their order
    information text NOT NULL,              -- this and the next three: as in entries
    signature   text NOT NULL,
    digest      bytea NOT NULL,
    expires_at  bigint,
    PRIMARY KEY (listing, place)
);

CREATE INDEX upstream_entries_by_digest ON upstream_entries (digest);

-- What was put here and is to be sent to other caches.
CREATE TABLE forwards (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    upstream    text NOT NULL,
    digest      bytea NOT NULL,
    key         text,                       -- NULL, as the next three: content
    information text,
    signature   text,
    expires_at  bigint,                     -- as in entries
    queued_at   bigint NOT NULL,
    attempts    integer NOT NULL,
    due_at      bigint NOT NULL,
    refused_at  bigint,                     -- NULL: it waits
    problem     text
);

CREATE INDEX forwards_by_due_at ON forwards (upstream, due_at, id) WHERE refused_at IS NULL;
CREATE INDEX forwards_by_digest ON forwards (digest);
CREATE INDEX forwards_by_refused_at ON forwards (refused_at) WHERE refused_at IS NOT NULL;

-- Which node sends to an upstream, and until when it is believed to live. By the clock of PostgreSQL, which is one for all nodes.
CREATE TABLE forward_turns (
    upstream text PRIMARY KEY,
    holder   uuid NOT NULL,
    until    timestamptz NOT NULL
);

-- What is known of blobs. Never the truth: the blob store is.
CREATE TABLE blobs (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest      bytea NOT NULL UNIQUE,
    length      bigint NOT NULL,            -- bytes
    stored_at   bigint NOT NULL,
    rank        bigint NOT NULL,            -- the order in which room is made, lowest first
    read_at     bigint NOT NULL,            -- the last use
    shown_at    bigint NOT NULL,            -- when a client was last told that it is there
    uses        bigint NOT NULL,
    cache       bigint NOT NULL,            -- the numbers of CacheKind; 0: its entries were not looked at
    prefix      bigint NOT NULL,            -- a row of key_prefixes; 0: other
    uploader    bigint NOT NULL,            -- a row of uploaders; 0: not known
    build_ms    bigint NOT NULL,            -- how long its build took; 0: not known
    fetch_ms    bigint NOT NULL,            -- how long it took to come; 0: not known
    verified_at bigint NOT NULL,            -- when its bytes were last compared with its digest; 0: never
    seen        bigint NOT NULL             -- the last rebuild of the index that met it, or that ran when something was noted of it
) WITH (fillfactor = 80);

CREATE INDEX blobs_by_rank ON blobs (rank, id);
CREATE INDEX blobs_by_verified_at ON blobs (verified_at, id);

-- One row each, kept by the transactions that change blobs, so that nobody has to count. They hold the lock of the index (Engine/Locks.cs).
CREATE TABLE blob_totals (
    count  bigint NOT NULL,
    length bigint NOT NULL
);

INSERT INTO blob_totals (count, length) VALUES (0, 0);

CREATE TABLE blob_order (
    kind    smallint NOT NULL,              -- the numbers of EvictionOrder
    age     bigint NOT NULL,                -- the highest rank of a blob that was evicted; by "cost" nothing new begins below it
    next_id bigint,                         -- from which row on ranks are still of another order; NULL: none is
    rebuild bigint NOT NULL                 -- the number of the last rebuild of the index
);

INSERT INTO blob_order (kind, age, next_id, rebuild) VALUES (1, 0, NULL, 0);

CREATE TABLE key_prefixes (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    prefix text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE uploaders (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE   -- of an account, which may be gone by now
);

CREATE TABLE savings (
    day      integer NOT NULL,              -- days since 0001-01-01
    cache    bigint NOT NULL,
    prefix   bigint NOT NULL,
    bytes    bigint NOT NULL,
    build_ms bigint NOT NULL,
    fetch_ms bigint NOT NULL,
    PRIMARY KEY (day, cache, prefix)
);

CREATE TABLE traffic (
    span     smallint NOT NULL,             -- the numbers of TrafficSpan
    since    bigint NOT NULL,               -- when it begins
    cache    bigint NOT NULL,
    requests bigint NOT NULL,
    hits     bigint NOT NULL,
    bytes    bigint NOT NULL,
    PRIMARY KEY (span, since, cache)
);

-- What was found damaged, the last time for each blob.
CREATE TABLE damaged_blobs (
    digest    bytea PRIMARY KEY,
    reason    text NOT NULL,
    path      text,                         -- where its file is; NULL: where it was, or there is none
    found_at  bigint NOT NULL,
    healed_at bigint,                       -- NULL: it is still missing
    attempts  integer NOT NULL,             -- how often it could not be had again
    due_at    bigint NOT NULL               -- when that is tried next
);

CREATE INDEX damaged_blobs_by_due_at ON damaged_blobs (due_at) WHERE healed_at IS NULL;
CREATE INDEX damaged_blobs_by_healed_at ON damaged_blobs (healed_at) WHERE healed_at IS NOT NULL;

-- One row, of the pass over all blobs that runs or ended last; none before the first.
CREATE TABLE scrub_pass (
    id       integer PRIMARY KEY CHECK (id = 1),
    began_at bigint NOT NULL,
    ended_at bigint,                        -- NULL: it runs, or goes on when a node does
    count    bigint NOT NULL,
    length   bigint NOT NULL,
    damaged  bigint NOT NULL
);

-- What operators keep or refuse: one object, or what is under one key.
CREATE TABLE rules (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind    smallint NOT NULL,              -- 1: a pin, 2: a block
    digest  bytea,                          -- NULL: the rule is about a key
    key     text COLLATE "C",               -- NULL: it is about an object
    made_at bigint NOT NULL,
    ends_at bigint,                         -- NULL: never
    actor   text NOT NULL,
    reason  text NOT NULL                   -- empty when none was given
);

CREATE UNIQUE INDEX rules_by_digest ON rules (digest, kind) WHERE digest IS NOT NULL;
CREATE UNIQUE INDEX rules_by_key ON rules (key, kind) WHERE key IS NOT NULL;

-- What other nodes have to know at once, since they remember it: content that was taken away, rules that were made or ended.
CREATE TABLE withdrawals (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL DEFAULT now(),
    digest bytea                            -- content that was taken away; NULL: the rules changed
);

-- Adds an entry and its line of the audit log: one call, so that many of them share one round trip and one commit.
-- Gives 1: added, 2: it was listed before, 3: there is no room under the key (nothing changed). With what is known of its content, if anything is.
CREATE FUNCTION add_entry(
    p_lock_class integer, p_lock integer, p_key text, p_pair bytea, p_information text, p_signature text, p_digest bytea, p_expires_at bigint, p_added_at bigint,
    p_now_ticks bigint, p_build_ms bigint, p_fetch_ms bigint, p_max_entries bigint, p_may_go bytea[],
    p_at bigint, p_actor text, p_action smallint, p_subject text, p_sender text, p_detail text,
    OUT outcome integer, OUT is_known boolean)
LANGUAGE plpgsql AS $$
DECLARE
    excess bigint;
    victims bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock(p_lock_class, p_lock);
    IF EXISTS (SELECT 1 FROM entries WHERE pair = p_pair) THEN
        UPDATE entries SET gone_at = NULL WHERE pair = p_pair AND gone_at IS NOT NULL;
        outcome := 2;
    ELSE
        IF p_max_entries IS NOT NULL THEN
            SELECT count(*) + 1 - p_max_entries INTO excess FROM entries WHERE key = p_key;
            IF excess > 0 THEN
                -- Expired ones first, the oldest of them first; then those that may go, in their order.
                victims := ARRAY(
                    SELECT e.id FROM entries e
                    LEFT JOIN (SELECT pair, min(place) AS place FROM unnest(p_may_go) WITH ORDINALITY AS u (pair, place) GROUP BY pair) AS m ON m.pair = e.pair
                    WHERE e.key = p_key AND (e.expires_at < p_now_ticks OR m.place IS NOT NULL)
                    ORDER BY (e.expires_at < p_now_ticks) IS NOT TRUE, CASE WHEN e.expires_at < p_now_ticks THEN e.id ELSE m.place END
                    LIMIT excess);
                IF cardinality(victims) < excess THEN
                    outcome := 3;
                    is_known := false;
                    RETURN;
                END IF;
                DELETE FROM entries WHERE id = ANY (victims);
            END IF;
        END IF;
        INSERT INTO entries (key, pair, information, signature, digest, expires_at, added_at, build_ms, fetch_ms)
        VALUES (p_key, p_pair, p_information, p_signature, p_digest, p_expires_at, p_added_at, p_build_ms, p_fetch_ms);
        outcome := 1;
    END IF;
    IF p_at IS NOT NULL THEN
        INSERT INTO audit_log (at, actor, action, subject, sender, detail) VALUES (p_at, p_actor, p_action, p_subject, p_sender, p_detail);
    END IF;
    is_known := EXISTS (SELECT 1 FROM blobs WHERE digest = p_digest);
END $$;
