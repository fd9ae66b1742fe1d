using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Http.Content;
using Shacache.Http.Entries;
using Shacache.Http.Gateway.Origins;
using Shacache.Protocol;

namespace Shacache.Http.Gateway;

/// <summary>Which content belongs to a URL: what the gateway noted itself, and what signers say that its operator trusts.</summary>
/// <remarks>
/// The gateway's clients verify nothing, and every client that may upload can list an entry for any URL. So what is merely listed is never
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
        foreach (EntryKey key in GatewayKeys.AllForRecords(url))
        {
            if (await FindAsync(key, entry => GatewayEntry.IsNote(entry, key), cancellationToken) is not { } own)
                continue;
            if (!await IsPageAsync(url, own, cancellationToken))
                return own;
            await own.DisposeAsync();
        }

        // Others know moving files only by accident, and nothing about when they looked.
        if (_policy.IsMoving(url) || _trusted.Keys.Count + _own.Keys.Count == 0)
            return null;
        foreach (EntryKey key in GatewayKeys.AllForClients(url.Text))
        {
            if (await FindAsync(key, entry => IsTrusted(entry) && GatewayEntry.IsAbout(entry, key, url), cancellationToken) is { } copy)
                return copy;
        }

        return null;
    }

    /// <summary>
    /// Notes a file that was fetched, and lists it for clients, unless its content moves (theirs would be frozen), its URL holds a credential (every client could read it there),
    /// or the directory accepts no such entry.
    /// </summary>
    /// <returns>The key that it is listed under for clients; null for none.</returns>
    public async ValueTask<EntryKey?> AddAsync(OriginUrl url, Digest digest, OriginMetadata metadata, CancellationToken cancellationToken)
    {
        EntryKey record = GatewayKeys.ForRecord(url);
        SignedEntry note = Create(GatewayEntry.Write(record, url, digest, metadata, _time.GetUtcNow()), "");
        await _entries.AddAsync(record, note, cancellationToken);
        foreach (EntryKey key in GatewayKeys.AllForRecords(url))
            await EntryRemoval.RemoveAsync(_entries, key, entry => !entry.Equals(note), cancellationToken);
        if (_policy.IsMoving(url) || url.IsSecret)
            return null;

        EntryKey listed = GatewayKeys.ForClients(url);
        string information = GatewayEntry.Write(listed, url, digest, metadata, _time.GetUtcNow());
        string signature = "";
        if (_signingKey is not null)
        {
            information = StrongSignature.Append(information, _signingKey);
            signature = _signingKey.Sign(information);
        }

        SignedEntry entry = Create(information, signature);
        return await _accepted.FindProblemAsync(listed, entry, cancellationToken) is null &&
            await _accepted.AddAsync(listed, entry, audit: null, isFromKnown: false, cancellationToken) != EntryAddition.KeyFull
            ? listed
            : null;
    }

    public void Dispose() => _own.Dispose();

    /// <summary>Whether a web page was kept in the place of a file, as release 0.1 did.</summary>
    private static async ValueTask<bool> IsPageAsync(OriginUrl url, GatewayCopy copy, CancellationToken cancellationToken)
    {
        if (!WebPage.IsType(copy.Metadata.ContentType) || !WebPage.IsUnexpectedAt(url.Text))
            return false;
        byte[] beginning = new byte[(int)Math.Min(WebPage.SampleBytes, copy.Blob.LengthBytes)];
        int count = 0;
        for (int step; count < beginning.Length && (step = await copy.Blob.ReadAsync(count, beginning.AsMemory(count), cancellationToken)) > 0;)
            count += step;
        return WebPage.Is(beginning.AsSpan(0, count), copy.Metadata.ContentType);
    }

    private async ValueTask<GatewayCopy?> FindAsync(EntryKey key, Func<SignedEntry, bool> isBelieved, CancellationToken cancellationToken)
    {
        foreach (StoredEntry stored in await _entries.ListAsync(key, cancellationToken))
        {
            SignedEntry entry = stored.Entry;
            if (isBelieved(entry) && await _blobs.OpenAsync(entry.Digest, cancellationToken) is { } blob)
                return new GatewayCopy(_blobs, blob, GatewayEntry.ReadMetadata(entry));
        }

        return null;
    }

    private static SignedEntry Create(string information, string signature) =>
        SignedEntry.TryCreate(information, signature, out SignedEntry? entry, out string? problem) ? entry : throw new InvalidOperationException(problem);

    private bool IsTrusted(SignedEntry entry) =>
        SignatureVerdict.Of(entry, _own).Satisfies(SignaturePolicy.Strong) || SignatureVerdict.Of(entry, _trusted).Satisfies(SignaturePolicy.Any);
}

/// <summary>A stored copy of the file at a URL, open for reading.</summary>
internal sealed class GatewayCopy(IBlobStore blobs, IBlob blob, OriginMetadata metadata) : IAsyncDisposable
{
    public IBlob Blob { get; } = blob;

    public OriginMetadata Metadata { get; } = metadata;

    /// <summary>Answers with it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="cacheStatus">How the answer came about.</param>
    public async ValueTask SendAsync(HttpContext context, string cacheStatus)
    {
        var delivery = new Delivery(blobs.Uses, DeliveryKind.Stored);
        if (await GatewayConditions.BeginAsync(context, Metadata, Blob.LengthBytes, cacheStatus) is { } wanted)
            await BlobBody.CopyAsync(context, Blob, wanted, delivery);
        else if (HttpMethods.IsGet(context.Request.Method))
            delivery.Note(Blob, 0);
    }

    public ValueTask DisposeAsync() => Blob.DisposeAsync();
}

/// <summary>Removes entries under a key.</summary>
internal static class EntryRemoval
{
    /// <returns>How many were removed.</returns>
    public static async ValueTask<int> RemoveAsync(IEntryStore entries, EntryKey key, Func<SignedEntry, bool> isMeant, CancellationToken cancellationToken)
    {
        int count = 0;
        foreach (StoredEntry stored in await entries.ListAsync(key, cancellationToken))
        {
            if (isMeant(stored.Entry) && await entries.DeleteAsync(key, stored.Entry, cancellationToken))
                count++;
        }

        return count;
    }
}
