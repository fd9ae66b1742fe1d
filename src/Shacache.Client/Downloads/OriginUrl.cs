using Shacache.Client.Configuration;

namespace Shacache.Client;

/// <summary>The URL of a file at its origin.</summary>
internal sealed class OriginUrl
{
    private OriginUrl(string text, Uri parsed)
    {
        Text = text;
        Server = CacheUrl.Parse(parsed.GetComponents(UriComponents.SchemeAndServer | UriComponents.UserInfo, UriFormat.UriEscaped));
        Uri = new Uri(parsed.GetComponents(UriComponents.SchemeAndServer | UriComponents.PathAndQuery, UriFormat.UriEscaped));
    }

    /// <summary>As it was given: the keys are made of it. May hold a password.</summary>
    public string Text { get; }

    /// <summary>The server, with the user and password that it gets.</summary>
    public CacheUrl Server { get; }

    /// <summary>What the server is asked for: without user, password and fragment.</summary>
    public Uri Uri { get; }

    /// <summary>The last segment of the path, unescaped; null when that cannot be the name of a file.</summary>
    public string? FileName
    {
        get
        {
            string name = Uri.UnescapeDataString(Uri.AbsolutePath[(Uri.AbsolutePath.LastIndexOf('/') + 1)..]);
            return name is "" or "." or ".." || name.Any(letter => letter is '/' or '\\' || char.IsControl(letter)) ? null : name;
        }
    }

    /// <exception cref="FormatException">It is no http or https URL. The message does not hold its password.</exception>
    public static OriginUrl Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? parsed) || parsed.Host.Length == 0 ||
            (parsed.Scheme != Uri.UriSchemeHttp && parsed.Scheme != Uri.UriSchemeHttps))
        {
            throw new FormatException($"'{OneLine.Of(text[(text.LastIndexOf('@') + 1)..])}' is not a URL that can be fetched, such as https://host/path.");
        }

        return new OriginUrl(text, parsed);
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => Uri.AbsoluteUri;
}
