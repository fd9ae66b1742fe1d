using Shacache.Core.Blobs;
using Shacache.Core.Retention;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Retention;

/// <summary>What other nodes have to learn at once, in table <c>withdrawals</c>. Told by NOTIFY when the transaction commits.</summary>
/// <remarks>Only what is rare: a transaction with a NOTIFY waits at its commit for all others that have one.</remarks>
internal static class Withdrawals
{
    /// <summary>The channel on which nodes listen.</summary>
    public const string Channel = "shacache_withdrawals";

    /// <summary>For how long rows are kept: a node that was cut off for longer takes everything as withdrawn.</summary>
    public const int KeptHours = 24;

    /// <summary>Content was taken away.</summary>
    public static Query[] NoteContent(Digest digest) =>
        [new Query("INSERT INTO withdrawals (digest) VALUES ($1)").Add(digest.ToBytes()), DropOld(), Tell()];

    /// <summary>Content is gone from where it was stored, for whatever reason. The caller holds no lock of rows yet.</summary>
    public static Query[] NoteGone(byte[][] digests) =>
        [Locks.Take(Locks.Administration), new Query("INSERT INTO withdrawals (digest) SELECT unnest($1)").Add(digests), DropOld(), Tell()];

    /// <summary>Rules were made or ended; only blocks are remembered by nodes.</summary>
    public static Query[] NoteRules(RuleKind kind) => kind == RuleKind.Block ? [new Query("INSERT INTO withdrawals (digest) VALUES (NULL)"), DropOld(), Tell()] : [];

    private static Query DropOld() => new Query($"DELETE FROM withdrawals WHERE at < now() - interval '{KeptHours} hours'");

    private static Query Tell() => new Query($"SELECT pg_notify('{Channel}', '')").Into(_ => { });
}
