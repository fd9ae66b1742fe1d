using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
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

    /// <summary>Opens the newest copy of a file whose content is here, and is what was promised of it; null when there is none.</summary>
    public async ValueTask<GatewayCopy?> FindAsync(OriginFile file, CancellationToken cancellationToken)
    {
        if (file.Promise is not { } promise)
            return await FindAsync(file.Url, cancellationToken);
        if (file.Record is { } record && await FindRecordAsync(record, cancellationToken) is { } noted)
        {
            if (noted.Is(promise.Hash))
                return noted;
            await noted.DisposeAsync();
        }

        // Whatever way it came here: by a client that uploaded it, or by the gateway, which knew of no promise.
        GatewayCopy? copy = promise.Hash.Digest is { } digest
            ? await _blobs.OpenAsync(digest, cancellationToken) is { } blob ? new GatewayCopy(_blobs, blob, OriginMetadata.None) : null
            : await FindAsync(file.Url, cancellationToken);
        if (copy is null)
            return null;
        try
        {
            if (promise.Hash.Digest is not null || await copy.HasAsync(promise.Hash, cancellationToken))
            {
                await AddAsync(file, copy.Blob.Digest, copy.Metadata, cancellationToken);
                return copy;
            }
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }

        await copy.DisposeAsync();
        return null;
    }

    /// <summary>Opens what was noted under a key of a remote; null when nothing was, or its content is gone.</summary>
    public ValueTask<GatewayCopy?> FindRecordAsync(EntryKey record, CancellationToken cancellationToken) =>
        FindAsync(record, entry => GatewayEntry.IsNote(entry, record), cancellationToken);

    /// <summary>Whether it lists what it has with a signature.</summary>
    public bool CanSign => _signingKey is not null;

    /// <summary>Opens the newest page of an index that a trusted signer lists under a key; null when there is none.</summary>
    public async ValueTask<GatewayCopy?> FindPageAsync(EntryKey key, CancellationToken cancellationToken) =>
        _trusted.Keys.Count + _own.Keys.Count == 0 ? null : await FindAsync(key, entry => IsTrusted(entry) && GatewayEntry.IsNote(entry, key), cancellationToken);

    /// <summary>Lists a page of an index under a key, in the place of what was listed there by this server.</summary>
    /// <returns>The key; null when the directory accepts no such entry.</returns>
    public async ValueTask<EntryKey?> SignPageAsync(EntryKey key, GatewayCopy page, CancellationToken cancellationToken)
    {
        SignedEntry[] older = [.. (await _entries.ListAsync(key, cancellationToken)).Select(stored => stored.Entry).Where(IsOwn)];
        if (older.Any(entry => entry.Digest == page.Blob.Digest && GatewayEntry.ReadNote(entry).CheckedAt == page.Note!.CheckedAt))
            return key;
        if (!OriginUrl.TryParse(page.Note!.Url.Replace("://", "/", StringComparison.Ordinal), out OriginUrl? url, out _) || url.IsSecret)
            return null;
        EntryKey? listed = await ListAsync(key, new OriginFile(url), page.Blob.Digest, page.Metadata, page.Note.CheckedAt, cancellationToken);
        foreach (SignedEntry entry in listed is null ? [] : older)
            await _entries.DeleteAsync(key, entry, cancellationToken);
        return listed;
    }

    /// <summary>Makes clients find a file that is here with this server's signature.</summary>
    /// <returns>The key; null when it is not listed, since its URL holds a credential or the directory accepts no such entry.</returns>
    public async ValueTask<EntryKey?> SignAsync(OriginFile file, CancellationToken cancellationToken)
    {
        EntryKey key = GatewayKeys.ForClients(file.Url);
        await using GatewayCopy? copy = await FindAsync(file, cancellationToken);
        if (copy is null)
            return null;
        return (await _entries.ListAsync(key, cancellationToken)).Any(stored => stored.Entry.Digest == copy.Blob.Digest && IsOwn(stored.Entry))
            ? key
            : await AddAsync(file, copy.Blob.Digest, copy.Metadata, cancellationToken);
    }

    /// <summary>Opens a file that was noted under its path in a remote; null when it was not, its content is gone, or it was forgotten since.</summary>
    public async ValueTask<GatewayCopy?> FindNamedAsync(EntryKey record, CancellationToken cancellationToken)
    {
        GatewayCopy? copy = await FindRecordAsync(record, cancellationToken);
        if (copy is null || copy.Note!.Promise is not null)
            return copy;

        // Nothing says what it must be, so that it may be wrong, and an operator may have had its URL forgotten.
        await using GatewayCopy? same = OriginUrl.TryParse(copy.Note.Url.Replace("://", "/", StringComparison.Ordinal), out OriginUrl? url, out _) ? await FindAsync(url, cancellationToken) : null;
        if (same?.Blob.Digest == copy.Blob.Digest)
            return copy;
        await copy.DisposeAsync();
        return null;
    }

    /// <summary>Opens the newest copy of the file at a URL whose content is here; null when there is none.</summary>
    private async ValueTask<GatewayCopy?> FindAsync(OriginUrl url, CancellationToken cancellationToken)
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
    public async ValueTask<EntryKey?> AddAsync(OriginFile file, Digest digest, OriginMetadata metadata, CancellationToken cancellationToken)
    {
        OriginUrl url = file.Url;
        await NoteAsync(GatewayKeys.ForRecord(url), GatewayKeys.AllForRecords(url), file, digest, metadata, cancellationToken);
        if (file.Record is { } record)
            await NoteAsync(record, [record], file, digest, metadata, cancellationToken);
        if (file.IsMoving || url.IsSecret)
            return null;
        if (file.Listing is { } further)
            await ListAsync(further, file, digest, metadata, _time.GetUtcNow(), cancellationToken);
        return await ListAsync(GatewayKeys.ForClients(url), file, digest, metadata, _time.GetUtcNow(), cancellationToken);
    }

    /// <summary>Notes what was fetched under a reserved key, in the place of what was noted there.</summary>
    public async ValueTask NoteAsync(
        EntryKey record, IReadOnlyList<EntryKey> replaced, OriginFile file, Digest digest, OriginMetadata metadata, CancellationToken cancellationToken, DateTimeOffset? checkedAt = null)
    {
        SignedEntry note = Create(GatewayEntry.Write(record, file, digest, metadata, checkedAt ?? _time.GetUtcNow()), "");
        EntryAddition addition = await _entries.AddAsync(record, note, cancellationToken);

        // What another node notes at the same time stays, if it came later: or each could remove the note of the other, and none would be left.
        bool isOlder = addition == EntryAddition.AlreadyListed;
        foreach (StoredEntry stored in await _entries.ListAsync(record, cancellationToken))
        {
            if (stored.Entry.Equals(note))
                isOlder = true;
            else if (isOlder)
                await _entries.DeleteAsync(record, stored.Entry, cancellationToken);
        }

        foreach (EntryKey key in replaced.Where(key => key != record))
            await EntryRemoval.RemoveAsync(_entries, key, static _ => true, cancellationToken);
    }

    private async ValueTask<EntryKey?> ListAsync(EntryKey listed, OriginFile file, Digest digest, OriginMetadata metadata, DateTimeOffset checkedAt, CancellationToken cancellationToken)
    {
        string information = GatewayEntry.Write(listed, file, digest, metadata, checkedAt);
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
                return new GatewayCopy(_blobs, blob, GatewayEntry.ReadMetadata(entry)) { Note = GatewayEntry.ReadNote(entry) };
        }

        return null;
    }

    private static SignedEntry Create(string information, string signature) =>
        SignedEntry.TryCreate(information, signature, out SignedEntry? entry, out string? problem) ? entry : throw new InvalidOperationException(problem);

    private bool IsOwn(SignedEntry entry) => SignatureVerdict.Of(entry, _own).Satisfies(SignaturePolicy.Strong);

    private bool IsTrusted(SignedEntry entry) => IsOwn(entry) || SignatureVerdict.Of(entry, _trusted).Satisfies(SignaturePolicy.Any);
}
