using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Remotes.Apt;

/// <summary>The packages that one index names, by their paths, with their SHA-256: 40 bytes for each.</summary>
internal sealed class AptNameTable
{
    private readonly ulong[] _names;
    private readonly byte[] _hashes;

    private AptNameTable(List<(ulong Name, byte[] Hash)> files)
    {
        files.Sort(static (one, other) => one.Name.CompareTo(other.Name));
        _names = [.. files.Select(file => file.Name)];
        _hashes = new byte[files.Count * SHA256.HashSizeInBytes];
        foreach ((int place, (_, byte[] hash)) in files.Index())
            hash.CopyTo(_hashes, place * SHA256.HashSizeInBytes);
    }

    public int Count => _names.Length;

    /// <summary>Reads a Packages or Sources file.</summary>
    /// <param name="content">The index, not compressed.</param>
    /// <param name="maxCount">So many names are read; what comes after them is not known here.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async ValueTask<AptNameTable> ReadAsync(Stream content, int maxCount, CancellationToken cancellationToken)
    {
        List<(ulong, byte[])> files = [];
        string? name = null, hash = null, folder = null;
        List<(string Name, string Hash)> parts = [];
        bool isInParts = false;
        var lines = new AptLines(content);
        while (await lines.ReadAsync(cancellationToken) is { } line && files.Count < maxCount)
        {
            if (line.Length == 0)
            {
                Add();
                continue;
            }

            if (line[0] == ' ')
            {
                if (isInParts && line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [{ } value, _, { } part])
                    parts.Add((part, value));
                continue;
            }

            isInParts = line == "Checksums-Sha256:";
            if (line.StartsWith("Filename: ", StringComparison.Ordinal))
                name = line["Filename: ".Length..];
            else if (line.StartsWith("SHA256: ", StringComparison.Ordinal))
                hash = line["SHA256: ".Length..];
            else if (line.StartsWith("Directory: ", StringComparison.Ordinal))
                folder = line["Directory: ".Length..];
        }

        Add();
        return new AptNameTable(files);

        void Add()
        {
            if (name is not null && hash is not null)
                parts.Add((name, hash));
            foreach ((string part, string value) in parts)
            {
                if (FileHash.Find("sha256", value) is { } found)
                    files.Add((NameOf(AptPath.Tidy(folder is null ? part : $"{folder}/{part}")), Convert.FromHexString(found.Hex)));
            }

            (name, hash, folder, isInParts) = (null, null, null, false);
            parts.Clear();
        }
    }

    /// <returns>Null when the index does not name it.</returns>
    public FileHash? Find(string name)
    {
        int place = Array.BinarySearch(_names, NameOf(name));
        return place < 0 ? null : FileHash.Find("sha256", Convert.ToHexStringLower(_hashes.AsSpan(place * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes)));
    }

    /// <summary>Of a hash that cannot be aimed at, so that no two names of an index meet by design.</summary>
    private static ulong NameOf(string name) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}

/// <summary>Lines of a text, of which only the beginnings of long ones are needed.</summary>
internal sealed class AptLines(Stream content)
{
    private const int MaxChars = 4096;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly byte[] _line = new byte[MaxChars];
    private int _at;
    private int _count;

    /// <returns>Null at the end.</returns>
    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        int length = 0;
        bool any = false;
        while (true)
        {
            if (_at == _count)
            {
                (_at, _count) = (0, await content.ReadAsync(_buffer, cancellationToken));
                if (_count == 0)
                    return any ? Encoding.UTF8.GetString(_line, 0, length) : null;
            }

            any = true;
            ReadOnlySpan<byte> rest = _buffer.AsSpan(_at, _count - _at);
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> piece = end < 0 ? rest : rest[..end];
            int taken = Math.Min(piece.Length, MaxChars - length);
            piece[..taken].CopyTo(_line.AsSpan(length));
            length += taken;
            _at += end < 0 ? rest.Length : end + 1;
            if (end >= 0)
                return Encoding.UTF8.GetString(_line, 0, length);
        }
    }
}
