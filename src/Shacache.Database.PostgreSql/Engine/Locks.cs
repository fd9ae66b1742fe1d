namespace Shacache.Database.PostgreSql.Engine;

/// <summary>Advisory locks of a transaction, by which nodes wait for each other. The numbers are used by nodes of every version.</summary>
internal static class Locks
{
    /// <summary>Of the schema.</summary>
    public const int Schema = 0x7368_0000;

    /// <summary>Of one key: held from before an entry gets its number until the commit.</summary>
    public const int Key = 0x7368_0001;

    /// <summary>Of the blob index: one node at a time writes what it has gathered for seconds, in some milliseconds.</summary>
    public const int Index = 0x7368_0002;

    /// <summary>Of what operators and people who enrol change by hand: accounts, rules.</summary>
    public const int Administration = 0x7368_0003;

    /// <summary>Of one object or entry in the queue for upstreams, so that it waits once.</summary>
    public const int Forward = 0x7368_0004;

    /// <summary>Takes a lock until the end of the transaction.</summary>
    /// <param name="kind">Which of those above.</param>
    /// <param name="number">Which one of the kind; equal ones of different things only wait for each other in vain.</param>
    public static Query Take(int kind, int number = 0) => new Query("SELECT pg_advisory_xact_lock($1, $2)").Add(kind).Add(number).Into(_ => { });
}
