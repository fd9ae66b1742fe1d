using System.Net.Http.Headers;
using Shacache.Core.Entries;
using Shacache.Http.Answers;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Gateway;

/// <summary>A file at an origin, and how it is asked for and kept.</summary>
/// <param name="Url">Where it is: a URL that may be asked for.</param>
internal sealed record OriginFile(OriginUrl Url)
{
    /// <summary>What it must be; null when nothing says that.</summary>
    public FilePromise? Promise { get; init; }

    /// <summary>Whether it changes, so that the origin is asked before a copy is used.</summary>
    public bool IsMoving { get; init; }

    /// <summary>For the server of <see cref="Url"/> and no other; null for none.</summary>
    public AuthenticationHeaderValue? Credentials { get; init; }

    /// <summary>Whether redirects may lead to hosts that are not on the list of the gateway. The rules for addresses hold all the same.</summary>
    public bool FollowsAnywhere { get; init; }

    /// <summary>A further note under a reserved key, by which it is found without its URL; null for none.</summary>
    public EntryKey? Record { get; init; }

    /// <summary>A further key under which clients find it; null for none.</summary>
    public EntryKey? Listing { get; init; }

    /// <summary>Why the origin is not to be asked; null when it may be.</summary>
    public Problem? Refusal { get; init; }

    /// <summary>Equal for requests that one transfer can serve.</summary>
    public string TransferName => Record is null && Credentials is null ? Url.Text : $"{Record?.Value} {Promise?.Hash} {Url.Text}";

    /// <summary>What the origin is asked.</summary>
    public OriginQuestion Ask(HttpMethod method) => new(method) { Credentials = Credentials, FollowsAnywhere = FollowsAnywhere };
}
