using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;

namespace Shacache.Client.Bundles;

/// <summary>The lines of an index, in order, and the digest of all bytes read.</summary>
internal sealed class IndexLines(Stream index) : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly char[] _line = new char[BundleLayout.MaxLineBytes];
    private int _start;
    private int _end;

    /// <summary>Number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Reads a line.</summary>
    /// <param name="line">Without its line feed; valid until the next call.</param>
    /// <returns>False after the last one.</returns>
    /// <exception cref="FormatException">The line is too long, is not printable ASCII, or does not end.</exception>
    public bool TryRead(out ReadOnlySpan<char> line)
    {
        line = default;
        Number++;
        int length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        if (length < 0)
        {
            if (_end - _start > BundleLayout.MaxLineBytes)
                throw new FormatException("it is too long");
            Fill();
            if (_end == _start)
                return false;
            length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        }

        if (length is < 0 or > BundleLayout.MaxLineBytes)
            throw new FormatException(length < 0 && _end - _start <= BundleLayout.MaxLineBytes ? "it does not end" : "it is too long");
        for (int i = 0; i < length; i++)
        {
            byte character = _buffer[_start + i];
            _line[i] = character is >= (byte)' ' and <= (byte)'~' ? (char)character : throw new FormatException("it is not printable ASCII");
        }

        _start += length + 1;
        line = _line.AsSpan(0, length);
        return true;
    }

    /// <summary>The digest of everything, once all of it was read.</summary>
    public Digest Finish() => new(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    /// <summary>Moves what is left to the front, and reads until the buffer is full or the index ends.</summary>
    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        int read;
        while (_end < _buffer.Length && (read = index.Read(_buffer.AsSpan(_end))) > 0)
        {
            _hash.AppendData(_buffer, _end, read);
            _end += read;
        }
    }
}

/// <summary>The words of one line of an index, with a single space between.</summary>
internal ref struct IndexLine
{
    private ReadOnlySpan<char> _rest;
    private bool _isDone;

    /// <summary>Takes the next line, which begins with a name and a space.</summary>
    /// <exception cref="FormatException">There is none, or another one.</exception>
    public IndexLine(IndexLines lines, string name)
    {
        if (!lines.TryRead(out ReadOnlySpan<char> line) || !line.StartsWith(name, StringComparison.Ordinal))
            throw new FormatException($"it must begin with '{name.TrimEnd()}'");
        _rest = line[name.Length..];
    }

    /// <summary>The next word, which is a number.</summary>
    public long Number() =>
        BundleSeal.TryParseNumber(Word(), out long number) ? number : throw new FormatException("a number is not written in plain decimal digits");

    /// <summary>The next word, which is a digest.</summary>
    public Digest Digest() =>
        Core.Blobs.Digest.TryParse(Word(), out Digest digest) ? digest : throw new FormatException("there is no SHA-512 where one must be");

    /// <summary>All that is left.</summary>
    public string Rest()
    {
        if (_isDone || _rest.IsEmpty)
            throw new FormatException("a word is missing");
        _isDone = true;
        return _rest.ToString();
    }

    /// <summary>There must be no more.</summary>
    public readonly void End()
    {
        if (!_isDone)
            throw new FormatException("there are more words than there may be");
    }

    private ReadOnlySpan<char> Word()
    {
        if (_isDone)
            throw new FormatException("a word is missing");
        int space = _rest.IndexOf(' ');
        ReadOnlySpan<char> word = space < 0 ? _rest : _rest[..space];
        _isDone = space < 0;
        _rest = space < 0 ? default : _rest[(space + 1)..];
        return word.IsEmpty ? throw new FormatException("a word is missing") : word;
    }
}

/// <summary>Lines of an index that is not complete yet, in a temporary file. One caller at a time.</summary>
internal sealed class IndexSpool(string folder) : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly FileStream _file = TemporaryFile.Create(folder);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used;

    /// <summary>Adds a line.</summary>
    public void Add(FormattableString line)
    {
        string text = line.ToString(CultureInfo.InvariantCulture) + "\n";
        if (text.Length > _buffer.Length - _used)
            Flush();
        _used += Encoding.ASCII.GetBytes(text, _buffer.AsSpan(_used));
    }

    /// <summary>Everything that was added.</summary>
    public BundleSlice Read()
    {
        Flush();
        _file.Flush();
        return new BundleSlice(_file.SafeFileHandle, 0, _file.Length);
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private void Flush()
    {
        _file.Write(_buffer, 0, _used);
        _used = 0;
    }
}
