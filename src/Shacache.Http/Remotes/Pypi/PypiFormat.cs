using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;

namespace Shacache.Http.Remotes.Pypi;

/// <summary>Forms of a simple index.</summary>
internal enum PypiFormat
{
    /// <summary><c>text/html</c>: for clients that say nothing, or do not know the other names.</summary>
    Html,

    /// <summary>The same, by its name with a version.</summary>
    VersionedHtml,

    /// <summary>PEP 691.</summary>
    Json,
}

/// <summary>Their names, and what a client prefers.</summary>
internal static class PypiFormats
{
    public const string Json = "application/vnd.pypi.simple.v1+json";

    public const string VersionedHtml = "application/vnd.pypi.simple.v1+html";

    /// <summary>What origins are asked for: JSON says most.</summary>
    public const string Accept = $"{Json}, {VersionedHtml};q=0.2, text/html;q=0.01";

    /// <summary>The form that a client prefers (PEP 691, "Version + Format Selection"); the first of those that it likes equally well.</summary>
    public static PypiFormat Choose(IHeaderDictionary headers)
    {
        double best = 0;
        PypiFormat chosen = PypiFormat.Html;
        foreach (Microsoft.Net.Http.Headers.MediaTypeHeaderValue wanted in new RequestHeaders(headers).Accept)
        {
            double quality = wanted.Quality ?? 1;
            if (quality > best && Find(wanted.MediaType.Value) is { } format)
            {
                best = quality;
                chosen = format;
            }
        }

        return chosen;
    }

    /// <summary>The media type of a form, as an answer names it.</summary>
    public static string TypeOf(PypiFormat format) => format switch
    {
        PypiFormat.Json => Json,
        PypiFormat.VersionedHtml => VersionedHtml,
        _ => "text/html; charset=utf-8",
    };

    private static PypiFormat? Find(string? type) => type?.ToLowerInvariant() switch
    {
        Json or "application/vnd.pypi.simple.latest+json" => PypiFormat.Json,
        VersionedHtml or "application/vnd.pypi.simple.latest+html" => PypiFormat.VersionedHtml,
        "text/html" or "text/*" or "*/*" => PypiFormat.Html,
        _ => null,
    };
}
