using Microsoft.Win32.SafeHandles;

namespace Shacache.Client.Elf.Format;

/// <summary>The bytes of a file by their offset, read through one window of fixed size: headers and tables are small and near each other.</summary>
/// <remarks>One thread at a time. The position of the descriptor never moves; it is not closed.</remarks>
internal sealed class ElfBytes
{
    private const int WindowBytes = 16 * 1024;
    private readonly SafeFileHandle _file;
    private readonly byte[] _window = new byte[WindowBytes];
    private long _windowOffset;
    private int _windowLength;

    /// <summary>Reads a regular file of a length that is known.</summary>
    public ElfBytes(SafeFileHandle file, long lengthBytes)
    {
        _file = file;
        LengthBytes = lengthBytes;
    }

    /// <summary>The length of the file.</summary>
    public long LengthBytes { get; }

    /// <summary>Whether a range lies in the file; no sum overflows.</summary>
    public bool Contains(ulong offset, ulong length) => offset <= (ulong)LengthBytes && length <= (ulong)LengthBytes - offset;

    /// <summary>Fills a buffer with what stands at an offset.</summary>
    /// <exception cref="ElfFormatException">The file ends before.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Read(long offset, Span<byte> buffer)
    {
        if (offset < 0 || !Contains((ulong)offset, (ulong)buffer.Length))
            throw new ElfFormatException($"the file has {LengthBytes} bytes and ends within {buffer.Length} bytes at offset {offset}");
        while (buffer.Length > 0)
        {
            ReadOnlySpan<byte> part = Peek(offset, buffer.Length);
            part.CopyTo(buffer);
            buffer = buffer[part.Length..];
            offset += part.Length;
        }
    }

    /// <summary>Bytes from an offset on: as many as the window holds, at least one, at most <paramref name="most"/>; valid until the next call.</summary>
    /// <exception cref="ElfFormatException">The offset is not within the file.</exception>
    public ReadOnlySpan<byte> Peek(long offset, int most)
    {
        if (offset < _windowOffset || offset >= _windowOffset + _windowLength)
            Fill(offset);
        ReadOnlySpan<byte> rest = _window.AsSpan(0, _windowLength)[(int)(offset - _windowOffset)..];
        return rest.Length > most ? rest[..most] : rest;
    }

    private void Fill(long offset)
    {
        if (offset < 0 || offset >= LengthBytes)
            throw new ElfFormatException($"the file has {LengthBytes} bytes and offset {offset} is not among them");
        // A little before the offset is kept as well, for readers that step backwards.
        _windowOffset = Math.Max(0, offset - 256);
        _windowLength = 0;
        int wanted = (int)Math.Min(WindowBytes, LengthBytes - _windowOffset);
        int read;
        while (_windowLength < wanted && (read = RandomAccess.Read(_file, _window.AsSpan(_windowLength, wanted - _windowLength), _windowOffset + _windowLength)) > 0)
            _windowLength += read;
        if (offset >= _windowOffset + _windowLength)
            throw new ElfFormatException("the file became shorter while it was read");
    }
}
