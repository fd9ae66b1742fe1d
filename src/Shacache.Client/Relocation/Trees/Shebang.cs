using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Trees;

/// <summary>The first line of a script, which names the program that runs it (execve(2)).</summary>
internal static class Shebang
{
    /// <summary>Marks a place as part of that line.</summary>
    /// <param name="trace">A place of a text.</param>
    /// <param name="head">The start of the file.</param>
    public static MappedTrace Mark(MappedTrace trace, ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> line = FindLine(head);
        return trace.Encoding is null && trace.At < line.Length
            ? trace with { Use = TraceUse.Shebang, Line = PathText.Encode(line), Coding = NamesEncoding(head[line.Length..]) }
            : trace;
    }

    /// <summary>Whether the line after the first one is a comment that names an encoding.</summary>
    private static bool NamesEncoding(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
            return false;
        rest = rest[1..];
        int end = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = (end >= 0 ? rest[..end] : rest).TrimStart(" \t\f"u8);
        return line.StartsWith("#"u8) && (line.IndexOf("coding:"u8) >= 0 || line.IndexOf("coding="u8) >= 0);
    }

    /// <summary>The line without its end; empty when the file does not begin so.</summary>
    public static ReadOnlySpan<byte> FindLine(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("#!"u8))
            return [];
        int end = head.IndexOf((byte)'\n');
        return end >= 0 ? head[..end] : head;
    }

    /// <summary>The path of the program; empty for none.</summary>
    public static ReadOnlySpan<byte> FindProgram(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> line = FindLine(head);
        if (line.IsEmpty)
            return [];
        ReadOnlySpan<byte> rest = line[2..].Trim(" \t\r"u8);
        int end = rest.IndexOfAny((byte)' ', (byte)'\t');
        return end >= 0 ? rest[..end] : rest;
    }
}
