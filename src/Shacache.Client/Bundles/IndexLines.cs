using System.Security.Cryptography;
using Shacache.Core.Blobs;

namespace Shacache.Client.Bundles;

/// <summary>The lines of an index, one after the other, and the digest of all that was read.</summary>
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
    /// <returns>False behind the last one.</returns>
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
