using System.Buffers;
using System.Text;

namespace Shacache.Client.Relocation.Scanning;

/// <summary>The path of a release, <c>&lt;root&gt;/&lt;md5&gt;</c>, and where it stands in a text.</summary>
/// <remarks>
/// Found on path boundaries alone, with any number of slashes between its names, and with slashes written <c>\/</c> as JSON may have them
/// (docs/relocation.md, "What is replaced"). The MD5 is searched for; everything else is compared around it.
/// </remarks>
internal sealed class ReleasePath
{
    /// <summary>Digits of the folder's name.</summary>
    public const int FolderBytes = 32;

    private const int MaxNameBytes = 255;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789abcdef"u8);

    private readonly byte[][] _names;

    /// <summary>Takes a path apart.</summary>
    /// <param name="root">The root as it was named, absolute.</param>
    /// <param name="folder">The MD5.</param>
    public ReleasePath(string root, string folder)
    {
        Root = Encoding.UTF8.GetBytes(root.TrimEnd('/'));
        Folder = Encoding.ASCII.GetBytes(folder);
        Prefix = [.. Root, (byte)'/', .. Folder];
        _names = [.. Encoding.UTF8.GetString(Root).Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>The root without a slash at its end; empty for the root of the file system.</summary>
    public byte[] Root { get; }

    /// <summary>The MD5.</summary>
    public byte[] Folder { get; }

    /// <summary>The path as it is usually written.</summary>
    public byte[] Prefix { get; }

    /// <summary>How much of a text before an MD5 decides; more slashes than fit are not seen.</summary>
    public int LookBehindBytes => (2 * Prefix.Length) + 1024;

    /// <summary>Whether a text is the name of a release's folder.</summary>
    public static bool IsFolderName(ReadOnlySpan<byte> name) => name.Length == FolderBytes && !name.ContainsAnyExcept(Digits);

    /// <summary>Whether the path stands around an MD5.</summary>
    /// <param name="text">A part of the text, with at least two bytes after the MD5 unless the text ends there.</param>
    /// <param name="folderAt">Where the MD5 begins.</param>
    /// <param name="match">Where the path begins, and where the slashes in front of it do.</param>
    public bool TryMatch(ReadOnlySpan<byte> text, int folderAt, out PathMatch match)
    {
        match = default;
        if (!EndsAt(text, folderAt + FolderBytes))
            return false;
        int at = folderAt;
        for (int i = _names.Length - 1; i >= 0; i--)
        {
            int slashes = SkipSlashes(text, at);
            ReadOnlySpan<byte> name = _names[i];
            if (slashes == at || slashes < name.Length || !text[(slashes - name.Length)..slashes].SequenceEqual(name))
                return false;
            at = slashes - name.Length;
        }

        // One slash belongs to the path, the others in front of it are room.
        int first = SkipSlashes(text, at);
        if (first == at)
            return false;
        int start = at - (at >= 2 && text[at - 2] == '\\' ? 2 : 1);
        int room = first;
        if (IsAfterScheme(text, first) && start - first >= 1)
        {
            // "file://" keeps its two slashes; after "http:/" comes no path but a host.
            room = Math.Min(first + 2, start);
            if (start - first == 1)
                return false;
        }
        else if (IsLongerPath(text, first))
        {
            return false;
        }

        match = new PathMatch(room, start, folderAt + FolderBytes);
        return true;
    }

    /// <summary>Whether no name goes on at a place.</summary>
    public static bool EndsAt(ReadOnlySpan<byte> text, int at)
    {
        if (at >= text.Length)
            return true;
        // A full stop may end a sentence.
        return text[at] == '.' ? at + 1 >= text.Length || !IsNameByte(text[at + 1]) : !IsNameByte(text[at]);
    }

    /// <summary>Whether an absolute path at a place is only the rest of a longer one.</summary>
    public static bool GoesOnFrom(ReadOnlySpan<byte> text, int at) => IsLongerPath(text, SkipSlashes(text, at));

    /// <summary>The place before the slashes that end at a place.</summary>
    private static int SkipSlashes(ReadOnlySpan<byte> text, int at)
    {
        while (at > 0 && text[at - 1] == '/')
            at -= at > 1 && text[at - 2] == '\\' ? 2 : 1;
        return at;
    }

    /// <summary>Whether a path that begins before goes on with the slashes at a place: then this is another one.</summary>
    private static bool IsLongerPath(ReadOnlySpan<byte> text, int at)
    {
        int start = at;
        while (start > 0 && at - start < MaxNameBytes && (IsNameByte(text[start - 1]) || text[start - 1] == '.'))
            start--;
        if (start == at)
            return false;
        ReadOnlySpan<byte> name = text[start..at];
        return (start > 0 && text[start - 1] == '/') || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) || name.SequenceEqual("~"u8);
    }

    /// <summary>Whether the name of a scheme and a colon stand before a place, and are not themselves the end of a path.</summary>
    private static bool IsAfterScheme(ReadOnlySpan<byte> text, int at)
    {
        if (at < 2 || text[at - 1] != ':')
            return false;
        int start = at - 1;
        while (start > 0 && (char.IsAsciiLetterOrDigit((char)text[start - 1]) || text[start - 1] is (byte)'+' or (byte)'-' or (byte)'.'))
            start--;
        return start < at - 1 && char.IsAsciiLetter((char)text[start]) && (start == 0 || text[start - 1] is not ((byte)'/' or (byte)'}' or (byte)'_'));
    }

    private static bool IsNameByte(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'_' or (byte)'-' or (byte)'+' or (byte)'~' or >= 0x80;
}

/// <summary>Where a path stands in a text.</summary>
/// <param name="Room">Where the slashes in front of it begin that could make room for a longer one.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends.</param>
internal readonly record struct PathMatch(int Room, int Start, int End);
