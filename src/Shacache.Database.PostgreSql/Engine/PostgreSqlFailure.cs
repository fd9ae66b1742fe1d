using System.Net.Sockets;
using Npgsql;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Database.PostgreSql.Engine;

/// <summary>What went wrong in PostgreSQL, or on the way there.</summary>
/// <param name="Kind">What it means.</param>
/// <param name="Reason">One line, without a full stop.</param>
/// <param name="Exception">Npgsql's own.</param>
internal sealed record PostgreSqlFailure(FailureKind Kind, string Reason, Exception Exception)
{
    /// <summary>The server ended a transaction in which nothing came for too long.</summary>
    private const string IdleInTransaction = "25P03";

    /// <summary>Reads an exception; null when it is not of PostgreSQL.</summary>
    public static PostgreSqlFailure? Of(Exception exception) => exception switch
    {
        PostgresException e => new PostgreSqlFailure(KindOf(e), Line($"PostgreSQL says: {e.MessageText} ({e.SqlState})"), e),
        SchemaRefusedException e => new PostgreSqlFailure(FailureKind.Other, Line(e.Message), e),
        NpgsqlException { InnerException: TimeoutException } e => new PostgreSqlFailure(FailureKind.Away, "PostgreSQL does not answer in time", e),
        NpgsqlException or SocketException or IOException or TimeoutException => new PostgreSqlFailure(
            FailureKind.Away, Line($"PostgreSQL does not answer: {exception.Message}"), exception),
        _ => null,
    };

    /// <summary>As the contract of a store has it.</summary>
    /// <param name="change">Of which store, and what was tried.</param>
    /// <param name="more">Added to the reason; empty for nothing.</param>
    public Exception As(in Attempt change, string more = "")
    {
        string message = $"{change.Failed}: {Reason}{more}.";
        bool isAway = Kind is FailureKind.Away or FailureKind.Conflict;
        return (Kind, change.Contract) switch
        {
            (FailureKind.Full, _) => new StorageFullException($"{change.Failed}: there is no room for the database.", Exception),
            (_, Contract.Accounts) => new AccountStoreException(message, Exception) { IsAway = isAway },
            (_, Contract.Blobs) => new BlobStoreException(message, Exception) { IsAway = isAway },
            _ => new EntryStoreException(message, Exception) { IsAway = isAway },
        };
    }

    private static FailureKind KindOf(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.DiskFull => FailureKind.Full,
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable => FailureKind.Conflict,

        // A server that stops, starts, has no connection left, has become a standby, or refuses the password: none of it is about the statement.
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections or
            PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.InvalidPassword or
            PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InsufficientPrivilege => FailureKind.Away,
        _ => e.SqlState is IdleInTransaction || e.SqlState.StartsWith("08", StringComparison.Ordinal) ? FailureKind.Away : FailureKind.Other,
    };

    private static string Line(string text) => text.ReplaceLineEndings(" ").TrimEnd('.', ' ');
}

/// <summary>What a failure means.</summary>
internal enum FailureKind
{
    /// <summary>The statement itself failed; it would again.</summary>
    Other,

    /// <summary>PostgreSQL cannot be used now.</summary>
    Away,

    /// <summary>Another transaction was in the way. Nothing was changed.</summary>
    Conflict,

    /// <summary>There is no room.</summary>
    Full,
}

/// <summary>Whose exceptions a failure becomes.</summary>
internal enum Contract
{
    /// <summary>Entries, rules, listings and the forward queue.</summary>
    Entries,

    /// <summary>The blob index, damage and savings.</summary>
    Blobs,

    /// <summary>Accounts and the audit log.</summary>
    Accounts,
}

/// <summary>What is tried.</summary>
/// <param name="Contract">Whose exceptions a failure becomes.</param>
/// <param name="Failed">What is said of it then, such as "The entry was not added".</param>
internal readonly record struct Attempt(Contract Contract, string Failed);
