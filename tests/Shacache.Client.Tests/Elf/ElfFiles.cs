using System.Text;
using Shacache.Client.Elf;

namespace Shacache.Client.Tests.Elf;

/// <summary>Reads ELF files of the disk, and finds a path in them byte by byte, as slowly as can be.</summary>
internal static class ElfFiles
{
    public static ElfFile Read(string path)
    {
        using var handle = File.OpenHandle(path);
        return ElfFile.Read(handle, RandomAccess.GetLength(handle));
    }

    public static ElfTrace[] Classify(string path, string prefix)
    {
        byte[] content = File.ReadAllBytes(path);
        ElfMatch[] matches = [.. FindPath(content, prefix)];
        using var handle = File.OpenHandle(path);
        return ElfTraces.Classify(handle, content.Length, matches, [.. FindPieces(content, matches, prefix[^32..])]);
    }

    /// <summary>Moves the file, in place or with a segment more.</summary>
    public static void Move(string path, string prefix, string newPrefix)
    {
        ElfTrace[] traces = Classify(path, prefix);
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        ElfRewriter.Move(handle, RandomAccess.GetLength(handle), Encoding.UTF8.GetBytes(newPrefix), traces);
    }

    private static IEnumerable<ElfMatch> FindPath(byte[] content, string prefix)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(prefix);
        for (int at = 0; at + wanted.Length <= content.Length; at++)
        {
            if (content[at] != '/' || !content.AsSpan(at).StartsWith(wanted))
                continue;
            int start = at;
            while (start > 0 && content[start - 1] == '/')
                start--;
            yield return new ElfMatch(start, at + wanted.Length - start);
        }
    }

    private static IEnumerable<long> FindPieces(byte[] content, ElfMatch[] matches, string name)
    {
        byte[] digits = Encoding.ASCII.GetBytes(name);
        for (int at = 0; at + 8 <= content.Length; at++)
        {
            if (!matches.Any(match => at + 8 > match.Offset && at < match.Offset + match.LengthBytes) && digits.AsSpan().IndexOf(content.AsSpan(at, 8)) >= 0)
                yield return at;
        }
    }
}
