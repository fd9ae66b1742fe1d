using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Entries;

/// <summary>How an entry looks in table <c>entries</c>.</summary>
internal static class EntryRow
{
    /// <summary>The columns that <see cref="Read"/> wants, in its order.</summary>
    public const string Columns = "id, information, signature, digest, expires_at, added_at, gone_at";

    /// <summary>What the index holds of a key.</summary>
    public static long HashOf(EntryKey key)
    {
        Span<byte> utf8 = stackalloc byte[EntryKey.MaxBytes];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(key.Value, utf8)], hash);
        return BinaryPrimitives.ReadInt64BigEndian(hash);
    }

    /// <summary>What the index holds of a pair of texts.</summary>
    public static long HashOf(SignedEntry entry)
    {
        // Neither text can hold NUL, so it separates them.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(entry.Information));
        hash.AppendData([0]);
        hash.AppendData(Encoding.UTF8.GetBytes(entry.Signature));
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes);
    }

    /// <summary>The bytes of a signature when encoding them gives back exactly the text; else null.</summary>
    public static byte[]? Compact(string signature)
    {
        byte[] bytes = new byte[signature.Length / 4 * 3];
        if (!Convert.TryFromBase64String(signature, bytes, out int length))
            return null;
        Array.Resize(ref bytes, length);
        return Convert.ToBase64String(bytes) == signature ? bytes : null;
    }

    public static void BindSignature(Statement statement, int parameter, string signature, byte[]? compact)
    {
        if (compact is null)
            statement.BindText(parameter, signature);
        else
            statement.BindBlob(parameter, compact);
    }

    /// <summary>Reads the columns named above.</summary>
    /// <param name="row">A statement that selects them first.</param>
    /// <param name="key">The key that the row is listed under.</param>
    public static StoredEntry Read(Statement row, EntryKey key)
    {
        string signature = row.IsBlob(2) ? Convert.ToBase64String(row.Bytes(2)) : row.Text(2);
        DateTimeOffset? expiresAt = row.IsNull(4) ? null : new DateTimeOffset(row.Int64(4), TimeSpan.Zero);
        SignedEntry entry = SignedEntry.Restore(row.Text(1), signature, new Digest(row.Bytes(3)), expiresAt);
        DateTimeOffset? goneAt = row.IsNull(6) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(6));
        return new StoredEntry(key, entry, DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(5)), goneAt);
    }
}
