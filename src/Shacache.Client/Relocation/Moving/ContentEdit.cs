using System.Text;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Moving;

/// <summary>A place of a file that gets other bytes.</summary>
/// <param name="At">Where it begins, in bytes from the start of the file.</param>
/// <param name="Old">What stands there.</param>
/// <param name="New">What will stand there.</param>
internal sealed record ContentEdit(long At, byte[] Old, byte[] New)
{
    /// <summary>The bytes of a trace as they are: slashes in front, then the path as it was written.</summary>
    public static byte[] OldBytes(MappedTrace trace, string oldPath) => Encode(trace, Fill(trace, PathText.Decode(trace.As ?? oldPath)));

    /// <summary>The bytes of a trace with the new path, in the way in which the old one was written.</summary>
    /// <param name="trace">The place.</param>
    /// <param name="newPath">The new path.</param>
    /// <returns>Of the same length where the place demands that.</returns>
    public static byte[] NewBytes(MappedTrace trace, byte[] newPath)
    {
        bool isEscaped = trace.As?.Contains("\\/", StringComparison.Ordinal) == true;
        byte[] path = isEscaped ? Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(newPath).Replace("/", "\\/", StringComparison.Ordinal)) : newPath;
        return Encode(trace, trace.Change is TraceChange.Replace ? path : Fill(trace, path));
    }

    /// <summary>Whether a path fits into the place of a trace.</summary>
    public static bool Fits(MappedTrace trace, byte[] newPath) => trace.Change switch
    {
        TraceChange.Replace => true,
        TraceChange.None => false,
        // A reason why not in place: the string gets a new one.
        TraceChange.Grow when trace.Why is not null => false,
        _ => newPath.Length <= trace.Length / WidthOf(trace.Encoding),
    };

    /// <summary>Slashes in front up to the length of the place.</summary>
    private static byte[] Fill(MappedTrace trace, byte[] path)
    {
        int width = WidthOf(trace.Encoding);
        int length = trace.Length / width;
        if (path.Length >= length)
            return path;
        byte[] filled = new byte[length];
        filled.AsSpan(0, length - path.Length).Fill((byte)'/');
        path.CopyTo(filled, length - path.Length);
        return filled;
    }

    private static byte[] Encode(MappedTrace trace, byte[] path)
    {
        int width = WidthOf(trace.Encoding);
        if (width == 1)
            return path;
        // The bytes of one character each: a path that is no ASCII is text in UTF-8 first.
        Encoding encoding = trace.Encoding switch
        {
            TraceEncoding.Utf16LittleEndian => Encoding.Unicode,
            TraceEncoding.Utf16BigEndian => Encoding.BigEndianUnicode,
            TraceEncoding.Utf32LittleEndian => Encoding.UTF32,
            _ => new UTF32Encoding(bigEndian: true, byteOrderMark: false),
        };
        return encoding.GetBytes(Encoding.UTF8.GetString(path));
    }

    private static int WidthOf(TraceEncoding? encoding) => encoding switch
    {
        null => 1,
        TraceEncoding.Utf16LittleEndian or TraceEncoding.Utf16BigEndian => 2,
        _ => 4,
    };
}
