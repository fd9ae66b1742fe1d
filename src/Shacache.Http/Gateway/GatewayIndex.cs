using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Http.Policy;

namespace Shacache.Http.Gateway;

/// <summary>Which content belongs to a URL: what the gateway noted itself, and what those say whom its operator trusts.</summary>
/// <remarks>
/// The gateway's clients verify nothing, and anybody who may upload can list an entry for any URL. So what is merely listed is never
/// believed (docs/decisions/0004-the-download-gateway.md).
/// </remarks>
internal sealed class GatewayIndex : IDisposable
{
    private readonly IBlobStore _blobs;
    private readonly IEntryStore _entries;
    private readonly EntryPolicy _accepted;
    private readonly OriginPolicy _policy;
    private readonly TimeProvider _time;
    private readonly SigningKey? _signingKey;
    private readonly TrustedKeys _own;
    private readonly TrustedKeys _trusted;

    public GatewayIndex(IBlobStore blobs, IEntryStore entries, EntryPolicy accepted, OriginPolicy policy, GatewayOptions options, TimeProvider time)
    {
        _blobs = blobs;
        _entries = entries;
        _accepted = accepted;
        _policy = policy;
        _time = time;
        _signingKey = options.SigningKey;
        _trusted = options.TrustedKeys;
        _own = _signingKey is null ? TrustedKeys.None : TrustedKeys.Parse(SignatureCertificate.CreatePem(_signingKey, "download gateway", time.GetUtcNow()));
    }

    /// <summary>Opens the newest copy whose content is here; null when there is none.</summary>
    public async ValueTask<GatewayCopy?> FindAsync(OriginUrl url, CancellationToken cancellationToken)
    {
        if (await FindAsync(GatewayKeys.ForRecord(url), url, static _ => true, cancellationToken) is { } own)
            return own;

        // Others know moving files only by accident, and nothing about when they looked.
        if (_policy.IsMoving(url) || _trusted.Keys.Count + _own.Keys.Count == 0)
            return null;
        foreach (EntryKey key in GatewayKeys.AllForClients(url))
        {
            if (await FindAsync(key, url, IsTrusted, cancellationToken) is { } copy)
                return copy;
        }

        return null;
    }

    /// <summary>Notes a file that was fetched, and lists it for clients, unless its content moves (theirs would be frozen) or the directory accepts no such entry.</summary>
    /// <returns>The key that it is listed under for clients; null for none.</returns>
    public async ValueTask<EntryKey?> AddAsync(OriginUrl url, Digest digest, OriginMetadata metadata, CancellationToken cancellationToken)
    {
        EntryKey record = GatewayKeys.ForRecord(url);
        IReadOnlyList<StoredEntry> earlier = await _entries.ListAsync(record, cancellationToken);
        SignedEntry note = Create(GatewayEntry.Write(record, url, digest, metadata, _time.GetUtcNow()), "");
        await _entries.AddAsync(record, note, cancellationToken);
        foreach (StoredEntry stored in earlier.Where(stored => !stored.Entry.Equals(note)))
            await _entries.DeleteAsync(record, stored.Entry, cancellationToken);
        if (_policy.IsMoving(url))
            return null;

        EntryKey key = GatewayKeys.ForClients(url);
        string information = GatewayEntry.Write(key, url, digest, metadata, _time.GetUtcNow());
        string signature = "";
        if (_signingKey is not null)
        {
            information = StrongSignature.Append(information, _signingKey);
            signature = _signingKey.Sign(information);
        }

        SignedEntry entry = Create(information, signature);
        return await _accepted.FindProblemAsync(key, entry, cancellationToken) is null &&
            await _entries.AddAsync(key, entry, _accepted.Limit, audit: null, cancellationToken) != EntryAddition.KeyFull
            ? key
            : null;
    }

    public void Dispose() => _own.Dispose();

    private async ValueTask<GatewayCopy?> FindAsync(
        EntryKey key, OriginUrl url, Func<SignedEntry, bool> isBelieved, CancellationToken cancellationToken)
    {
        foreach (StoredEntry stored in await _entries.ListAsync(key, cancellationToken))
        {
            SignedEntry entry = stored.Entry;
            if (isBelieved(entry) && GatewayEntry.IsAbout(entry, key, url) && await _blobs.OpenAsync(entry.Digest, cancellationToken) is { } blob)
                return new GatewayCopy(blob, GatewayEntry.ReadMetadata(entry));
        }

        return null;
    }

    private static SignedEntry Create(string information, string signature) =>
        SignedEntry.TryCreate(information, signature, out SignedEntry? entry, out string? problem) ? entry : throw new InvalidOperationException(problem);

    private bool IsTrusted(SignedEntry entry) =>
        SignatureVerdict.Of(entry, _own).Satisfies(SignaturePolicy.Strong) || SignatureVerdict.Of(entry, _trusted).Satisfies(SignaturePolicy.Any);
}
