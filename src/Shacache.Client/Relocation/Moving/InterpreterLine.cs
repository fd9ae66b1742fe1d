using System.Text;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Moving;

/// <summary>The first line of a script after a move. Where it grows beyond what the kernel takes, Python scripts get a prologue that the shell and Python read differently.</summary>
internal static class InterpreterLine
{
    /// <summary>The longest line, without its end, of which the kernel sees the whole (BINPRM_BUF_SIZE, execve(2)).</summary>
    private const int MaxBytes = 255;

    /// <summary>The new line.</summary>
    /// <param name="trace">A place in the line.</param>
    /// <param name="moved">The line with the new path.</param>
    /// <param name="newPath">The new path.</param>
    /// <param name="problem">Why there is none that the kernel would take.</param>
    public static byte[]? Find(MappedTrace trace, byte[] moved, byte[] newPath, out string? problem)
    {
        problem = null;
        bool hasSpace = newPath.AsSpan().ContainsAny(" \t"u8);
        bool wasTaken = PathText.Decode(trace.Line!).Length <= MaxBytes;
        // A line that nothing could run before is text.
        if (!wasTaken || (moved.Length <= MaxBytes && !hasSpace))
            return moved;
        string line = Encoding.Latin1.GetString(moved)[2..].Trim(' ', '\t', '\r');
        int end = ProgramEnd(line, Encoding.Latin1.GetString(newPath));
        string program = line[..end];
        string why = hasSpace ? "its interpreter line cannot have the white space of the root" : $"its interpreter line would be {moved.Length} bytes long, and the kernel takes {MaxBytes}";
        if (!program[(program.LastIndexOf('/') + 1)..].StartsWith("python", StringComparison.Ordinal))
            problem = why;
        else if (trace.Coding)
            problem = $"{why}; its second line names an encoding, which must stay there";
        else if (program.IndexOfAny(['"', '\\', '$', '`', '\'', '\n']) >= 0)
            problem = $"{why}; the root has characters that a shell would take for its own";
        return problem is null ? Encoding.Latin1.GetBytes($"#!/bin/sh\n'''exec' \"{program}\"{line[end..]} \"$0\" \"$@\"\n' '''") : null;
    }

    /// <summary>Where the name of the program ends: at the first white space after the root, which may have some itself.</summary>
    private static int ProgramEnd(string line, string newPath)
    {
        int from = line.StartsWith(newPath, StringComparison.Ordinal) ? newPath.Length : 0;
        int end = line.IndexOfAny([' ', '\t'], from);
        return end < 0 ? line.Length : end;
    }
}
