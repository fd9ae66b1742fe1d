using Shacache.Core.Entries;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Entries;

/// <summary>An entry under a key, with what finds it, computed before it is the writer's turn.</summary>
internal readonly struct EntryPair(EntryKey key, SignedEntry entry)
{
    private readonly long _keyHash = EntryRow.HashOf(key);
    private readonly long _pairHash = EntryRow.HashOf(entry);
    private readonly byte[]? _signature = EntryRow.Compact(entry.Signature);

    public Statement BindKey(Statement statement) => statement.Bind(1, _keyHash).BindText(2, key.Value);

    public Statement Bind(Statement statement)
    {
        statement.Bind(1, _keyHash).Bind(2, _pairHash).BindText(3, key.Value).BindText(4, entry.Information);
        EntryRow.BindSignature(statement, 5, entry.Signature, _signature);
        return statement;
    }
}
