-- Adds entries that have keys of their own and any room, all at once: what add_entry does for one of them costs several statements, and each its own plan and its own parameters.
--
-- p_locks are those of all that the transaction adds, in their order, each once. The other parameters are the same row at the same place; those of the audit log are rows of their own.
-- An expiry of 0 is none. Gives the pairs that were new, and which digests the blob index knows.
CREATE FUNCTION shacache.add_entries(
    p_lock_class integer, p_locks integer[], p_keys text[], p_pairs bytea[], p_informations text[], p_signatures text[], p_digests bytea[],
    p_expires_at bigint[], p_added_at bigint[], p_build_ms bigint[], p_fetch_ms bigint[],
    p_at bigint[], p_actors text[], p_actions integer[], p_subjects text[], p_senders text[], p_details text[],
    OUT added bytea[], OUT known bytea[])
LANGUAGE plpgsql
-- A plan that was made while the tables were small, and is kept, must not read all of them later.
SET enable_seqscan = off
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(p_lock_class, lock) FROM unnest(p_locks) AS locks (lock);
    WITH rows AS (
        INSERT INTO shacache.entries (key, pair, information, signature, digest, expires_at, added_at, build_ms, fetch_ms)
        SELECT key, pair, information, signature, digest, nullif(expires_at, 0), added_at, build_ms, fetch_ms
        FROM unnest(p_keys, p_pairs, p_informations, p_signatures, p_digests, p_expires_at, p_added_at, p_build_ms, p_fetch_ms)
            AS given (key, pair, information, signature, digest, expires_at, added_at, build_ms, fetch_ms)
        ON CONFLICT (pair) DO NOTHING
        RETURNING pair)
    SELECT coalesce(array_agg(pair), '{}') INTO added FROM rows;
    IF cardinality(added) < cardinality(p_pairs) THEN
        UPDATE shacache.entries SET gone_at = NULL WHERE pair = ANY (p_pairs) AND gone_at IS NOT NULL;
    END IF;
    INSERT INTO shacache.audit_log (at, actor, action, subject, sender, detail)
    SELECT at, actor, action, subject, sender, detail
    FROM unnest(p_at, p_actors, p_actions, p_subjects, p_senders, p_details) AS lines (at, actor, action, subject, sender, detail);
    SELECT coalesce(array_agg(digest), '{}') INTO known FROM shacache.blobs WHERE digest = ANY (p_digests);
END $$;
