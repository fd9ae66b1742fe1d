using Microsoft.Win32.SafeHandles;

namespace Shacache.Client.Relocation.Scanning;

/// <summary>Reads parts of an open file, whose position does not move.</summary>
internal static class FileBytes
{
    /// <summary>Reads as much as there is.</summary>
    /// <returns>The bytes read; fewer than asked for at the end of the file.</returns>
    public static int Read(SafeFileHandle file, long offset, Span<byte> buffer)
    {
        int count = 0;
        while (count < buffer.Length && RandomAccess.Read(file, buffer[count..], offset + count) is > 0 and int read)
            count += read;
        return count;
    }

    /// <summary>The whole file as a stream that does not close it.</summary>
    public static FileStream Open(SafeFileHandle file)
    {
        // A stream of .NET reads by offset: the position of the descriptor stays where it is.
        var stream = new FileStream(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 0);
        stream.Position = 0;
        return stream;
    }

    /// <summary>Whether the text that goes on at a place ends with a NUL, and with no other byte that texts do not have.</summary>
    public static bool EndsWithNul(SafeFileHandle file, long offset)
    {
        Span<byte> text = stackalloc byte[MaxTextBytes];
        text = text[..Read(file, offset, text)];
        foreach (byte value in text)
        {
            if (value == 0)
                return true;
            if (value < 0x20 && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r'))
                return false;
        }

        return false;
    }

    private const int MaxTextBytes = 8192;
}
