namespace Shacache.Core.Moving;

/// <summary>The tables that are moved, with the numbers of their rows: so what is newest stays newest, and what is there already is found again.</summary>
/// <remarks>
/// Left out is what a server makes anew: listings of upstreams, how far the scrub has come, leases of nodes and what they tell each other.
/// </remarks>
public static class MovedTables
{
    /// <summary>What says who may do what, and what is refused: first of all, so that nothing is there before it.</summary>
    public static IReadOnlyList<MovedTable> Rules { get; } =
    [
        new("rules", "pins and blocks", 1, [Number("id"), Number("kind"), Bytes("digest"), Text("key"), Number("made_at"), Number("ends_at"), Text("actor"), Text("reason")])
        {
            Unique = [["digest", "kind"], ["key", "kind"]],
        },
        new("accounts", "accounts", 1,
            [Text("name"), Flag("may_upload"), Flag("may_administer"), Text("index_prefixes"), Number("max_bytes_per_day"), Number("created_at"), Number("revoked_at"), Number("distrusted_before")]),
        new("account_requests", "requests for accounts", 1, [Number("id"), Bytes("key_fingerprint"), Text("name"), Text("pem"), Number("requested_at"), Text("sender")])
        {
            Unique = [["key_fingerprint"]],
        },
        new("account_certificates", "certificates", 1,
            [Number("id"), Text("account"), Bytes("fingerprint"), Bytes("key_fingerprint"), Text("serial_number"), Number("not_before"), Number("not_after"), Text("pem"), Number("revoked_at")])
        {
            Unique = [["fingerprint"]],
        },
        new("account_tokens", "tokens", 1, [Number("number"), Text("id"), Text("account"), Bytes("secret_hash"), Number("created_at"), Number("expires_at"), Number("revoked_at")])
        {
            Unique = [["id"], ["secret_hash"]],
        },
        new("account_use", "used quotas", 2, [Number("day"), Text("account"), Number("bytes")]),
    ];

    /// <summary>What is stored, and what was done.</summary>
    public static IReadOnlyList<MovedTable> Rest { get; } =
    [
        new("entries", "entries", 1,
            [Number("id"), Text("key"), Text("information"), new("signature", MovedKind.Signature), Bytes("digest"), Number("expires_at"), Number("added_at"), Number("gone_at"), Number("build_ms"), Number("fetch_ms")]),
        new("audit_log", "audit lines", 1, [Number("position"), Number("at"), Text("actor"), Number("action"), new("subject", MovedKind.Subject), Text("sender"), Text("detail")]),
        new("forwards", "uploads for upstreams", 1,
            [Number("id"), Text("upstream"), Bytes("digest"), Text("key"), Text("information"), new("signature", MovedKind.Signature), Number("expires_at"), Number("queued_at"), Number("attempts"), Number("due_at"), Number("refused_at"), Text("problem")])
        {
            IsCounted = false,
        },
        Note("damaged_blobs", 1, Bytes("digest"), Text("reason"), Text("path"), Number("found_at"), Number("healed_at"), Number("attempts"), Number("due_at")),
        Note("key_prefixes", 1, Number("id"), Text("prefix")) with { Unique = [["prefix"]] },
        Note("uploaders", 1, Number("id"), Text("name")) with { Unique = [["name"]] },
        Note("savings", 3, Number("day"), Number("cache"), Number("prefix"), Number("bytes"), Number("build_ms"), Number("fetch_ms")),
        Note("traffic", 3, Number("span"), Number("since"), Number("cache"), Number("requests"), Number("hits"), Number("bytes")),
        Note("blobs", 1,
            Number("id"), Bytes("digest"), Number("length"), Number("stored_at"), Number("rank"), Number("read_at"), Number("shown_at"), Number("uses"), Number("cache"),
            Number("prefix"), Number("uploader"), Number("build_ms"), Number("fetch_ms"), Number("verified_at")) with { Unique = [["digest"]] },
        Note("blob_order", 1, Number("kind"), Number("age"), Number("next_id")),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MovedTable> All { get; } = [.. Rules, .. Rest];

    private static MovedTable Note(string name, int keyCount, params MovedColumn[] columns) => new(name, "notes of use", keyCount, columns) { IsCounted = false };

    private static MovedColumn Number(string name) => new(name, MovedKind.Number);

    private static MovedColumn Flag(string name) => new(name, MovedKind.Flag);

    private static MovedColumn Text(string name) => new(name, MovedKind.Text);

    private static MovedColumn Bytes(string name) => new(name, MovedKind.Bytes);
}
