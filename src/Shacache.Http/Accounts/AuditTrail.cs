using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Requests;

namespace Shacache.Http.Accounts;

/// <summary>Records what is written into the cache. Changes of accounts are recorded by <see cref="AccountAdministration"/> and <see cref="AccountEnrolment"/>.</summary>
/// <remarks>A client that hangs up is recorded all the same: no request stops what is written here.</remarks>
internal sealed class AuditTrail(AuditNotes notes, TimeProvider time)
{
    /// <summary>Records an upload, soon.</summary>
    public ValueTask UploadedAsync(HttpContext context, Caller caller, Digest digest, long lengthBytes) => notes.NoteAsync(
        new AuditEntry(time.GetUtcNow(), caller.Actor, AuditAction.Upload, digest.ToString(), ConnectionOrigin.Describe(context), $"{lengthBytes} bytes"),
        CancellationToken.None);

    /// <summary>The line about an entry that is put, for the store that writes both.</summary>
    public AuditEntry Indexed(HttpContext context, Caller caller, EntryKey key, SignedEntry entry) =>
        new(time.GetUtcNow(), caller.Actor, AuditAction.Index, key.Value, ConnectionOrigin.Describe(context), $"sha512 {entry.Digest}");

    /// <summary>Records that a URL was forgotten, before it returns.</summary>
    public async ValueTask ForgottenAsync(HttpContext context, Caller caller, string url, int count)
    {
        await notes.NoteAsync(
            new AuditEntry(time.GetUtcNow(), caller.Actor, AuditAction.Forget, url, ConnectionOrigin.Describe(context), $"{count} entries and listings"),
            CancellationToken.None);
        await notes.FlushAsync(CancellationToken.None);
    }

    /// <summary>Records what the download gateway stored and listed, soon.</summary>
    public async ValueTask FetchedAsync(string origin, Digest digest, long lengthBytes, EntryKey? key, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        await notes.NoteAsync(new AuditEntry(now, AuditEntry.Gateway, AuditAction.Upload, digest.ToString(), origin, $"{lengthBytes} bytes"), cancellationToken);
        if (key is not null)
            await notes.NoteAsync(new AuditEntry(now, AuditEntry.Gateway, AuditAction.Index, key.Value, origin, $"sha512 {digest}"), cancellationToken);
    }
}
