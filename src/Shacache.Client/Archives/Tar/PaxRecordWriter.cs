using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Shacache.Client.Archives.Posix;
using Shacache.Posix;

namespace Shacache.Client.Archives.Tar;

/// <summary>Collects the records of a pax extended header (POSIX pax, "pax Header Block").</summary>
internal sealed class PaxRecordWriter
{
    private readonly ArrayBufferWriter<byte> _records = new();

    /// <summary>The records; empty when the plain header says all.</summary>
    public ReadOnlyMemory<byte> Records => _records.WrittenMemory;

    /// <summary>Forgets the records.</summary>
    public void Clear() => _records.ResetWrittenCount();

    /// <summary>Adds a record: its own length in decimal, a space, key, equals sign, value, line feed.</summary>
    public void Add(string key, ReadOnlySpan<byte> value) => Add(Encoding.ASCII.GetBytes(key), value);

    /// <summary>Adds an extended attribute, in the form of GNU tar, star and libarchive.</summary>
    /// <remarks>Characters that would end the key are escaped as GNU tar does.</remarks>
    public void Add(ExtendedAttribute attribute)
    {
        var key = new List<byte>(PaxRecords.AttributePrefix.Length + attribute.Name.Length);
        key.AddRange(PaxRecords.AttributePrefix);
        foreach (byte b in attribute.PlainName)
            key.AddRange(b switch { (byte)'=' => "%3D"u8, (byte)'%' => "%25"u8, _ => new ReadOnlySpan<byte>(in b) });
        Add(key.ToArray(), attribute.Value);
    }

    private void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int rest = key.Length + value.Length + 3;
        int length = rest + CountDigits(rest);
        // The digits of the length count too, and may make it one digit longer.
        if (CountDigits(length) != CountDigits(rest))
            length = rest + CountDigits(length);
        _records.Write(Encoding.ASCII.GetBytes($"{length} "));
        _records.Write(key);
        _records.Write("="u8);
        _records.Write(value);
        _records.Write("\n"u8);
    }

    /// <summary>Adds a record with a number.</summary>
    public void Add(string key, long value) => Add(key, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Adds a time with its fraction.</summary>
    public void Add(string key, TimeSpec time)
    {
        long seconds = time.Seconds;
        long nanoseconds = time.Nanoseconds;
        // The fraction goes away from zero: a quarter before 1970 is -0.25, which the kernel has as -1 s and 750,000,000 ns.
        string sign = seconds < 0 ? "-" : "";
        if (seconds < 0 && nanoseconds > 0)
            (seconds, nanoseconds) = (seconds + 1, 1_000_000_000 - nanoseconds);
        string text = string.Create(CultureInfo.InvariantCulture, $"{sign}{Math.Abs((decimal)seconds)}");
        if (nanoseconds > 0)
            text += "." + nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        Add(key, Encoding.ASCII.GetBytes(text));
    }

    /// <summary>Adds the record that names are bytes, when one of them is not UTF-8: they are written as they are.</summary>
    public void AddEncoding(ReadOnlySpan<byte> name, ReadOnlySpan<byte> linkName)
    {
        if (!Utf8.IsValid(name) || !Utf8.IsValid(linkName))
            Add("hdrcharset", "BINARY"u8);
    }

    private static int CountDigits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}
