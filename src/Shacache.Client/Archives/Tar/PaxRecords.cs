using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;
using Shacache.Posix;

namespace Shacache.Client.Archives.Tar;

/// <summary>The records of pax extended headers that matter here.</summary>
internal sealed class PaxRecords
{
    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);
    private List<ExtendedAttribute>? _attributes;
    private List<SparseExtent>? _extents;
    private long? _pendingOffset;

    /// <summary>Extents of GNU's sparse form 0.0, which repeats two records for each.</summary>
    public IReadOnlyList<SparseExtent>? RepeatedExtents => _extents;

    /// <summary>What the keys of extended attributes begin with.</summary>
    public static ReadOnlySpan<byte> AttributePrefix => "SCHILY.xattr."u8;

    /// <summary>Extended attributes of the file; null for none.</summary>
    public IReadOnlyList<ExtendedAttribute>? Attributes => _attributes;

    /// <summary>Takes over what global headers said.</summary>
    public void Inherit(PaxRecords global)
    {
        foreach ((string key, byte[] value) in global._values)
            _values[key] = value;
    }

    /// <summary>Adds the records of a header.</summary>
    /// <exception cref="ArchiveException">It is malformed.</exception>
    public void Add(ReadOnlySpan<byte> records)
    {
        while (!records.IsEmpty)
        {
            if (!Utf8Parser.TryParse(records, out int length, out int digits) || digits >= records.Length || records[digits] != ' ' ||
                length <= digits + 2 || length > records.Length || records[length - 1] != '\n')
            {
                // Some writers fill up with NULs.
                if (!records.ContainsAnyExcept((byte)0))
                    return;
                throw new ArchiveException("An extended header of the archive is malformed.");
            }

            ReadOnlySpan<byte> record = records[(digits + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0)
                throw new ArchiveException("An extended header of the archive holds a record without a key.");
            if (record.StartsWith(AttributePrefix))
                AddAttribute(record[AttributePrefix.Length..equals], record[(equals + 1)..]);
            else
                Add(Encoding.UTF8.GetString(record[..equals]), record[(equals + 1)..]);
            records = records[length..];
        }
    }

    /// <summary>The value of a record; null when absent or empty, which means to forget it.</summary>
    public byte[]? Find(string key) => _values.TryGetValue(key, out byte[]? value) && value.Length > 0 ? value : null;

    /// <summary>The value of a record that is a number.</summary>
    public long? FindNumber(string key)
    {
        if (Find(key) is not { } value)
            return null;
        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new ArchiveException($"Record {key} of an extended header of the archive is not a number.");
    }

    /// <summary>The value of a record that is a time: decimal seconds, perhaps negative, perhaps with a fraction.</summary>
    public TimeSpec? FindTime(string key)
    {
        if (Find(key) is not { } value)
            return null;
        string text = Encoding.ASCII.GetString(value);
        string[] parts = text.TrimStart('-').Split('.', 2);
        if (!long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long seconds))
            throw new ArchiveException($"Record {key} of an extended header of the archive is not a time.");
        int nanoseconds = 0;
        if (parts.Length == 2 && !int.TryParse(parts[1].PadRight(9, '0')[..9], NumberStyles.None, CultureInfo.InvariantCulture, out nanoseconds))
            throw new ArchiveException($"Record {key} of an extended header of the archive is not a time.");
        if (text[0] != '-')
            return TimeSpec.Create(seconds, nanoseconds);
        return nanoseconds == 0 ? TimeSpec.Create(-seconds, 0) : TimeSpec.Create(-seconds - 1, 1_000_000_000 - nanoseconds);
    }

    private void Add(string key, ReadOnlySpan<byte> value)
    {
        switch (key)
        {
            case "GNU.sparse.offset":
                _pendingOffset = SparseExtent.ParseNumber(Encoding.ASCII.GetString(value));
                break;
            case "GNU.sparse.numbytes" when _pendingOffset is { } offset:
                (_extents ??= []).Add(new SparseExtent(offset, SparseExtent.ParseNumber(Encoding.ASCII.GetString(value))));
                _pendingOffset = null;
                break;
            default:
                _values[key] = value.ToArray();
                break;
        }
    }

    private void AddAttribute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var name = new List<byte>(key.Length + 1);
        for (int i = 0; i < key.Length; i++)
        {
            ReadOnlySpan<byte> rest = key[i..];
            bool isEquals = rest.StartsWith("%3D"u8), isPercent = rest.StartsWith("%25"u8);
            name.Add(isEquals ? (byte)'=' : key[i]);
            if (isEquals || isPercent)
                i += 2;
        }

        if (name.Count == 0 || name.Contains(0))
            throw new ArchiveException("An extended attribute in the archive has no name, or one with a NUL.");
        name.Add(0);
        (_attributes ??= []).Add(new ExtendedAttribute([.. name], value.ToArray()));
    }
}
