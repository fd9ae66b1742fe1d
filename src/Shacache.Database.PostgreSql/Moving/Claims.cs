using Shacache.Core.Entries;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Moving;

/// <summary>Who may change everything: a copy into an empty database, until a node begins. In table <c>moves</c>.</summary>
internal static class Claims
{
    /// <summary>The lease of the one that copies.</summary>
    public const string Lease = "job/migrate";

    private const string HasRows =
        "SELECT EXISTS (SELECT 1 FROM entries) OR EXISTS (SELECT 1 FROM accounts) OR EXISTS (SELECT 1 FROM account_requests) OR EXISTS (SELECT 1 FROM rules) " +
        "OR EXISTS (SELECT 1 FROM audit_log) OR EXISTS (SELECT 1 FROM blobs)";

    /// <summary>Begins a copy, or goes on with one.</summary>
    /// <returns>Whether all content that is in <paramref name="content"/> came from this copy.</returns>
    /// <exception cref="EntryStoreException">The database is in use, holds something else, or is PostgreSQL's failure.</exception>
    public static Task<bool> BeginAsync(Pool pool, string source, string? content, bool isContentEmpty, CancellationToken cancellationToken) => pool.ChangeAsync(
        new Attempt(Contract.Entries, "The copy was not begun"),
        async session =>
        {
            await session.RunAsync(Locks.Take(Locks.Administration)).ConfigureAwait(false);
            string? user = await session.FindAsync(
                new Query("SELECT upstream FROM forward_turns WHERE until > now() AND upstream <> $1 LIMIT 1").Add(Lease), row => row.Text(0)).ConfigureAwait(false);
            if (user is not null)
                throw new EntryStoreException($"A node uses the database that is to be copied to: it has the lease of {user}. Stop all nodes, wait 20 seconds, and try again.");
            (string Source, string? Content)? known = await session.FindAsync<(string, string?)?>(
                new Query("SELECT source, content FROM moves"), row => (row.Text(0), row.TextOrNull(1))).ConfigureAwait(false);
            if (known is null && await session.FindAsync(new Query(HasRows), row => row.GetBoolean(0)).ConfigureAwait(false))
                throw new EntryStoreException("The database that is to be copied to has entries, accounts or audit lines of its own. Name an empty one.");
            if (known is { } other && other.Source != source)
                throw new EntryStoreException($"The database that is to be copied to holds a copy of {other.Source}. Name that one, or an empty database.");
            bool isOwn = content is not null && (isContentEmpty || known?.Content == content);
            await session.RunAsync(
                new Query("DELETE FROM moves"),
                new Query("INSERT INTO moves (source, content, is_whole) VALUES ($1, $2, false)").Add(source).Add(isOwn ? content : null)).ConfigureAwait(false);
            return isOwn;
        },
        cancellationToken);

    /// <summary>The copy has come to its end: a node may begin.</summary>
    public static Task EndAsync(Pool pool, CancellationToken cancellationToken) => pool.ChangeAsync(
        new Attempt(Contract.Entries, "The end of the copy was not noted"),
        async session => await session.ChangeAsync(new Query("UPDATE moves SET is_whole = true")).ConfigureAwait(false),
        cancellationToken);

    /// <summary>Whether the copy still has the database for itself. Held until the end of the transaction.</summary>
    public static async Task<bool> IsHeldAsync(Session session) =>
        await session.FindAsync(new Query("SELECT true FROM moves FOR SHARE"), row => row.GetBoolean(0)).ConfigureAwait(false);

    /// <summary>A node begins: nothing is copied here any more.</summary>
    /// <exception cref="EntryStoreException">A copy has not come to its end, or is PostgreSQL's failure.</exception>
    public static Task AdmitAsync(Pool pool, CancellationToken cancellationToken) => pool.ChangeAsync(
        new Attempt(Contract.Entries, "It was not looked whether the database is whole"),
        async session =>
        {
            await session.RunAsync(new Query("DELETE FROM moves WHERE is_whole")).ConfigureAwait(false);
            string? source = await session.FindAsync(new Query("SELECT source FROM moves"), row => row.Text(0)).ConfigureAwait(false);
            return source is null
                ? true
                : throw new EntryStoreException($"The database is not whole: the copy of {source} into it has not come to its end. Run 'shacache admin migrate' again.");
        },
        cancellationToken);
}
