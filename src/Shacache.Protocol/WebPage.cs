using System.Text;

namespace Shacache.Protocol;

/// <summary>Tells a web page that came in the place of a file: a login, an error or a "choose a mirror" page that is answered with status 200.</summary>
public static class WebPage
{
    /// <summary>So many bytes from the beginning are enough to tell.</summary>
    public const int SampleBytes = 1024;

    /// <summary>Ends of names of files that are no web pages.</summary>
    private static readonly string[] FileEnds =
    [
        ".7z", ".apk", ".asc", ".bin", ".bz2", ".crate", ".deb", ".diff", ".dmg", ".egg", ".exe", ".gem", ".gz", ".img", ".iso", ".jar", ".lz", ".lz4", ".lzma",
        ".msi", ".nupkg", ".patch", ".pdf", ".pkg", ".qcow2", ".rar", ".rpm", ".run", ".sig", ".so", ".tar", ".taz", ".tbz", ".tbz2", ".tgz", ".tlz", ".txz",
        ".tzst", ".vmdk", ".war", ".whl", ".xz", ".z", ".zip", ".zst",
    ];

    private static readonly string[] PageEnds = [".htm", ".html", ".shtml", ".xhtml", ".md"];
    private static readonly string[] PageMarks = ["<!doctype html", "<html", "<head", "<body", "<script", "<title", "<meta"];

    /// <summary>Whether a URL names an archive or another file that is no web page: at its end, before a last part such as <c>/download</c>, or in its query.</summary>
    public static bool IsUnexpectedAt(string url)
    {
        string plain = Uri.UnescapeDataString(url.Split('#')[0]);
        int path = plain.IndexOf("://", StringComparison.Ordinal) is >= 0 and int scheme ? plain.IndexOf('/', scheme + 3) : 0;
        if (path < 0)
            return false;
        string[] parts = plain[path..].Split('?', 2);
        string[] segments = parts[0].TrimEnd('/').Split('/');
        if (EndsWith(segments[^1], PageEnds))
            return false;
        return segments.TakeLast(2).Concat(parts.Length > 1 ? parts[1].Split('&', '=', ';', '/') : []).Any(part => EndsWith(part, FileEnds));
    }

    /// <summary>Whether a server says that it sends a web page.</summary>
    /// <param name="contentType">Its header, with or without parameters; null when it says nothing.</param>
    public static bool IsType(string? contentType) =>
        contentType?.Split(';')[0].Trim().ToLowerInvariant() is "text/html" or "application/xhtml+xml";

    /// <summary>Whether what a server sends is a web page.</summary>
    /// <param name="beginning">The first <see cref="SampleBytes"/> of it, or all of it when it is shorter.</param>
    /// <param name="contentType">What it says that it sends; null when it says nothing. A server that has this wrong about an archive is not believed.</param>
    public static bool Is(ReadOnlySpan<byte> beginning, string? contentType)
    {
        if (IsType(contentType) && !IsBinary(beginning))
            return true;
        string text = Encoding.Latin1.GetString(beginning).Replace("\0", "", StringComparison.Ordinal)
            .TrimStart('\u00ef', '\u00bb', '\u00bf', '\u00ff', '\u00fe', ' ', '\t', '\r', '\n');
        return text.StartsWith('<') && Array.Exists(PageMarks, mark => text.Contains(mark, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether the rest of a stream is a web page; its position stays.</summary>
    /// <param name="content">Can seek.</param>
    /// <param name="contentType">As for <see cref="Is"/>.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async ValueTask<bool> IsAsync(Stream content, string? contentType, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        long start = content.Position;
        byte[] beginning = new byte[SampleBytes];
        int length = await content.ReadAtLeastAsync(beginning, SampleBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        content.Position = start;
        return Is(beginning.AsSpan(0, length), contentType);
    }

    /// <summary>Whether there are bytes that no text has (the binary data bytes of https://mimesniff.spec.whatwg.org).</summary>
    private static bool IsBinary(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (b is <= 0x08 or 0x0B or (>= 0x0E and <= 0x1A) or (>= 0x1C and <= 0x1F))
                return true;
        }

        return false;
    }

    private static bool EndsWith(string name, string[] ends) => Array.Exists(ends, end => name.Length > end.Length && name.EndsWith(end, StringComparison.OrdinalIgnoreCase));
}
