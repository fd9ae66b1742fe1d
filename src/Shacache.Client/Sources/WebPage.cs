using System.Text;

namespace Shacache.Client;

/// <summary>Tells a web page that came in the place of an archive: a login, an error or a "choose a mirror" page that is answered with status 200.</summary>
internal static class WebPage
{
    private const int SampleBytes = 1024;

    /// <summary>Ends of names of files that are no web pages.</summary>
    private static readonly string[] FileEnds =
    [
        ".7z", ".apk", ".asc", ".bin", ".bz2", ".crate", ".deb", ".diff", ".dmg", ".egg", ".exe", ".gem", ".gz", ".img", ".iso", ".jar", ".lz", ".lz4", ".lzma",
        ".msi", ".nupkg", ".patch", ".pkg", ".qcow2", ".rar", ".rpm", ".run", ".sig", ".so", ".tar", ".taz", ".tbz", ".tbz2", ".tgz", ".tlz", ".txz", ".tzst",
        ".vmdk", ".war", ".whl", ".xz", ".z", ".zip", ".zst",
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

    /// <summary>Whether the rest of a stream is a web page; its position stays.</summary>
    /// <param name="content">Can seek.</param>
    /// <param name="mediaType">What its server says it is; null when that is not known.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async ValueTask<bool> IsAsync(Stream content, string? mediaType, CancellationToken cancellationToken)
    {
        long start = content.Position;
        byte[] sample = new byte[SampleBytes];
        int length = await content.ReadAtLeastAsync(sample, SampleBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        content.Position = start;
        if (mediaType?.ToLowerInvariant() is "text/html" or "application/xhtml+xml" && !sample.AsSpan(0, length).Contains((byte)0))
            return true;
        string text = Encoding.Latin1.GetString(sample, 0, length).Replace("\0", "", StringComparison.Ordinal).TrimStart('\u00ef', '\u00bb', '\u00bf', '\u00ff', '\u00fe', ' ', '\t', '\r', '\n');
        return text.StartsWith('<') && Array.Exists(PageMarks, mark => text.Contains(mark, StringComparison.OrdinalIgnoreCase));
    }

    private static bool EndsWith(string name, string[] ends) => Array.Exists(ends, end => name.Length > end.Length && name.EndsWith(end, StringComparison.OrdinalIgnoreCase));
}
