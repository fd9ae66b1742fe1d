using Shacache.Client.Configuration;
using Shacache.Client.Downloads;
using Shacache.Client.Entries;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Platforms;

namespace Shacache.Client.Diagnosis;

/// <summary>What the steps of a diagnosis share: the question, the client, and the results so far.</summary>
internal sealed class DiagnosisCase(
    DiagnosedCache cache, string url, string? requirement, NetworkCacheOptions options, NetworkCacheClient client, TimeProvider timeProvider)
{
    private string? _obstacle;
    private string? _hit;

    public string Url => url;

    /// <summary>The content that the URL itself names, when it is one of a content store; null for all others.</summary>
    public Digest? Content { get; } = cache == DiagnosedCache.Download && ContentUrl.TryRead(url, options, out Digest digest) ? digest : null;

    public NetworkCacheOptions Options => options;

    public NetworkCacheClient Client => client;

    public CheckList Checks { get; } = new();

    public bool IsBinary => cache == DiagnosedCache.Binary;

    public DateTimeOffset Now => timeProvider.GetUtcNow();

    /// <summary>The platform of this machine; null when it cannot be detected.</summary>
    public Platform? Platform { get; set; }

    public string? SoftwareRoot { get; init; }

    /// <summary>Nothing that follows could be checked.</summary>
    public bool IsOver { get; private set; }

    /// <summary>What is listed, in the order in which a client takes it.</summary>
    public List<(EntryKey Key, int Number, SelectedEntry Entry)> Entries { get; } = [];

    /// <summary>The keys that a client looks up, in its order.</summary>
    public IReadOnlyList<EntryKey> Keys { get; } =
        cache == DiagnosedCache.Binary ? [UrlMd5.IsMd5(url) ? EntryKey.Create(url.ToLowerInvariant()) : EntryKeys.ForSoftwareRelease(url)]
            : EntryKeys.FindIn(url) is { } key ? [key] : EntryKeys.ForUrlInAnyTool(url, requirement);

    /// <summary>A reason why a client takes nothing at all. The first one is the answer; more of them are looked for.</summary>
    public void RuleOut(string reason) => _obstacle ??= reason;

    /// <summary>The same, and nothing more can be checked.</summary>
    public void End(string reason)
    {
        RuleOut(reason);
        IsOver = true;
    }

    /// <summary>An entry that a client would take unless something was ruled out. The first one counts.</summary>
    public void Accept(string what) => _hit ??= what;

    public CacheDiagnosis Conclude()
    {
        string name = IsBinary ? "binary cache" : "download cache";
        if (_obstacle is null && _hit is not null)
            return new CacheDiagnosis(name, true, _hit, Checks.Results);
        string reason = _obstacle ?? (Entries.Count == 0 ? "nothing is listed" : $"none of the {Entries.Count} listed entries can be used");
        return new CacheDiagnosis(name, false, _hit is null ? reason : $"{reason}; otherwise: {_hit}", Checks.Results);
    }
}
