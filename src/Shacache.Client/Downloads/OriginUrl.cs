using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Urls;
using Shacache.Protocol;

namespace Shacache.Client.Downloads;

/// <summary>The URL of a file at its origin.</summary>
internal sealed class OriginUrl
{
    private OriginUrl(string text, CacheUrl server, Uri uri)
    {
        Text = text;
        Server = server;
        Uri = uri;
    }

    /// <summary>As it was given: the keys are made of it. May hold a password.</summary>
    public string Text { get; }

    /// <summary>The server, with the user and password that it gets.</summary>
    public CacheUrl Server { get; }

    /// <summary>What the server is asked for: without user, password and fragment, otherwise as it was given.</summary>
    public Uri Uri { get; }

    /// <summary>The last segment of the path, unescaped; null when that cannot be the name of a file.</summary>
    public string? FileName
    {
        get
        {
            string path = Uri.AbsolutePath;
            string name = Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
            return name is "" or "." or ".." || name.Any(letter => letter is '/' or '\\' || char.IsControl(letter)) ? null : name;
        }
    }

    /// <exception cref="FormatException">It is no http or https URL. The message does not hold its password.</exception>
    public static OriginUrl Parse(string text)
    {
        if (!ExactUrl.TryCreate(text, out Uri? uri))
            throw new FormatException($"'{OneLine.Of(Redact(text))}' is not a URL that can be fetched, such as https://host/path.");
        string server = new Uri(text, UriKind.Absolute).GetComponents(UriComponents.SchemeAndServer | UriComponents.UserInfo, UriFormat.UriEscaped);
        return new OriginUrl(text, CacheUrl.Parse(server), uri);
    }

    /// <summary>What may be shown of a text that is no URL: nothing before the last @.</summary>
    private static string Redact(string text) => UrlSecrets.Redact(text[(text.LastIndexOf('@') + 1)..]);

    /// <summary>What messages call it.</summary>
    public override string ToString() => UrlSecrets.Redact(Uri.AbsoluteUri);
}
