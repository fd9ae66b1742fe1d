using Shacache.Blobs.S3;
using Shacache.Cli.Configuration.Declaration;

namespace Shacache.Cli.Configuration.Features;

/// <summary>Where content is stored.</summary>
internal sealed class ContentStoreSettings
{
    private static readonly SettingUnit<Uri?> Url = new("URL", ParseEndpoint, url => url?.OriginalString ?? "");

    private static readonly SettingUnit<long> Size = Units.Size(1, 1024 * Units.TiB);

    private static readonly SettingUnit<long?> Redirect = new("size", ParseRedirect, bytes => bytes is { } size ? Size.Format(size) : "");

    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "content", new SettingUnit<S3Address?>("URI", ParseAddress, address => address?.ToString() ?? ""),
            "Where content is stored, for several nodes together: s3://BUCKET or s3://BUCKET/PREFIX of an object store; none for files in data. " +
            "The credentials come from s3-credentials-file, the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), or the shared credentials file.",
            settings => settings.ContentStore.Address, (settings, value) => settings.ContentStore.Address = value },
        { "s3-endpoint", Url, "The URL of the object store, such as https://s3.example; none for Amazon's of s3-region.",
            settings => settings.ContentStore.Endpoint, (settings, value) => settings.ContentStore.Endpoint = value },
        { "s3-region", new SettingUnit<string>("word", ParseRegion, region => region), "The region that requests to the object store are signed for.",
            settings => settings.ContentStore.Region, (settings, value) => settings.ContentStore.Region = value },
        { "s3-path-style", Units.Switch, "Whether the bucket is in the path of URLs of the object store; otherwise it is part of the host's name.",
            settings => settings.ContentStore.IsPathStyle, (settings, value) => settings.ContentStore.IsPathStyle = value },
        { "s3-credentials-file", Units.Path, "A shared credentials file with aws_access_key_id and aws_secret_access_key, read again when it changes; AWS_PROFILE names the section.",
            settings => settings.ContentStore.CredentialsFile, (settings, value) => settings.ContentStore.CredentialsFile = value },
        { "s3-redirect", Redirect, "Objects of this size and longer are answered by a redirect to the object store, for clients that say that they follow it; none for no redirects.",
            settings => settings.ContentStore.RedirectFromBytes, (settings, value) => settings.ContentStore.RedirectFromBytes = value },
        { "s3-public-endpoint", Url, "The URL of the object store as clients reach it, for redirects; none for s3-endpoint.",
            settings => settings.ContentStore.PublicEndpoint, (settings, value) => settings.ContentStore.PublicEndpoint = value },
    };

    /// <summary>Null for files in the data folder.</summary>
    public S3Address? Address { get; set; }

    /// <summary>Null for Amazon's.</summary>
    public Uri? Endpoint { get; set; }

    public string Region { get; set; } = S3Options.DefaultRegion;

    public bool IsPathStyle { get; set; } = true;

    public string? CredentialsFile { get; set; }

    /// <summary>Null for no redirects.</summary>
    public long? RedirectFromBytes { get; set; }

    /// <summary>Null for the endpoint itself.</summary>
    public Uri? PublicEndpoint { get; set; }

    /// <summary>How the object store is used; null when it is not.</summary>
    public S3Options? Options => Address is null ? null : new S3Options(Address)
    {
        Endpoint = Endpoint,
        Region = Region,
        IsPathStyle = IsPathStyle,
        CredentialsFile = CredentialsFile,
        RedirectFromBytes = RedirectFromBytes,
        PublicEndpoint = PublicEndpoint,
    };

    private static string? ParseAddress(string text, out S3Address? address)
    {
        address = null;
        if (text.Length == 0)
            return null;
        return S3Address.TryParse(text, out address, out string? problem) ? null : $"is no place for content: {problem.TrimEnd('.')}";
    }

    private static string? ParseRedirect(string text, out long? bytes)
    {
        bytes = null;
        if (text.Length == 0)
            return null;
        string? problem = Size.Parse(text, out long size);
        bytes = size;
        return problem;
    }

    private static string? ParseEndpoint(string text, out Uri? url)
    {
        url = null;
        if (text.Length == 0)
            return null;
        bool isUrl = Uri.TryCreate(text, UriKind.Absolute, out url) && url.Scheme is ("http" or "https") && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0;
        return isUrl ? null : "is not the URL of an object store; write http://HOST:PORT or https://HOST, without credentials and parameters";
    }

    private static string? ParseRegion(string text, out string region)
    {
        region = text;
        return text.Length is > 0 and <= 64 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? null : "is no region; write letters, digits and hyphens, such as us-east-1";
    }
}
