using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Entries;
using Shacache.Http.Entries;
using Shacache.Http.Gateway.Origins;
using Shacache.Protocol;

namespace Shacache.Http.Remotes.Indexes;

/// <summary>A remote as it is used: its URLs are read, and its credentials are made for the wire.</summary>
internal sealed class Remote
{
    private readonly AuthenticationHeaderValue? _credentials;

    /// <exception cref="FormatException">A URL cannot be used; the message says why.</exception>
    public Remote(RemoteOptions options)
    {
        Options = options;
        Urls = [.. options.Urls.Select(Read)];
        _credentials = options.Credentials is { } line ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(line))) : null;
    }

    public RemoteOptions Options { get; }

    public string Name => Options.Name;

    public IReadOnlyList<OriginUrl> Urls { get; }

    /// <summary>Where a path is at each of its URLs.</summary>
    /// <exception cref="FormatException">That is no URL; the message says why.</exception>
    public IReadOnlyList<OriginUrl> PlacesOf(string path) => [.. Urls.Select(url => Read(url.Text + path))];

    /// <summary>What a server is shown: credentials when it is one of the remote's own, null otherwise.</summary>
    public AuthenticationHeaderValue? FindCredentials(OriginUrl url) => Urls.Any(own => Redirects.IsSameServer(own.Uri, url.Uri)) ? _credentials : null;

    /// <summary>The path of a URL below one of the remote's own, by http or https; null when it is below none.</summary>
    public string? FindPath(OriginUrl url)
    {
        string place = WithoutScheme(url);
        return Urls.Select(WithoutScheme).FirstOrDefault(own => place.StartsWith(own, StringComparison.Ordinal)) is { } above ? place[above.Length..] : null;
    }

    private static string WithoutScheme(OriginUrl url) => url.Text[(url.Scheme.Length + 3)..];

    /// <summary>The reserved key under which something of the remote is noted.</summary>
    /// <param name="kind">What it is, such as <c>index</c>.</param>
    /// <param name="name">Its name among those of the same kind.</param>
    public EntryKey RecordOf(string kind, string name) =>
        EntryKey.Create(ReservedKeys.Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"remote {Name} {kind} {name}"))));

    private static OriginUrl Read(string text) =>
        OriginUrl.TryParse(text.Replace("://", "/", StringComparison.Ordinal), out OriginUrl? url, out string? problem) ? url : throw new FormatException(problem);
}
