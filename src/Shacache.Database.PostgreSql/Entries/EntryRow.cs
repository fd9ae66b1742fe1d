using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Shacache.Core.Entries;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Entries;

/// <summary>How an entry looks in table <c>entries</c>.</summary>
internal static class EntryRow
{
    /// <summary>The columns that <see cref="Read"/> wants, in its order.</summary>
    public const string Columns = "id, key, information, signature, digest, expires_at, added_at, gone_at";

    /// <summary>What identifies an entry under a key. No text can hold NUL, so it separates them.</summary>
    public static byte[] PairOf(EntryKey key, SignedEntry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(key.Value));
        hash.AppendData([0]);
        hash.AppendData(Encoding.UTF8.GetBytes(entry.Information));
        hash.AppendData([0]);
        hash.AppendData(Encoding.UTF8.GetBytes(entry.Signature));
        return hash.GetHashAndReset();
    }

    /// <summary>The number of a key's lock (<see cref="Locks.Key"/>): nodes of every version compute the same.</summary>
    public static int LockOf(EntryKey key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key.Value), hash);
        return BinaryPrimitives.ReadInt32BigEndian(hash);
    }

    /// <summary>Reads the columns named above.</summary>
    public static StoredEntry Read(NpgsqlDataReader row)
    {
        SignedEntry entry = SignedEntry.Restore(row.Text(2), row.Text(3), row.Digest(4), row.TicksOrNull(5));
        return new StoredEntry(EntryKey.Create(row.Text(1)), entry, row.Time(6), row.TimeOrNull(7));
    }

    /// <summary>How long the texts of a row are, in characters.</summary>
    public static int LengthOf(StoredEntry stored) => stored.Entry.Information.Length + stored.Entry.Signature.Length;
}
