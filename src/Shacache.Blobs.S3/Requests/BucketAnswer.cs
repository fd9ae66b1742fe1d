using System.Net;

namespace Shacache.Blobs.S3.Requests;

/// <summary>An answer of the store that is no failure.</summary>
/// <param name="message">The answer.</param>
/// <param name="body">Its body, unless that is streamed.</param>
internal sealed class BucketAnswer(HttpResponseMessage message, byte[] body) : IDisposable
{
    public HttpStatusCode Status => message.StatusCode;

    /// <summary>Whether there is what was asked for.</summary>
    public bool IsFound => Status != HttpStatusCode.NotFound;

    public byte[] Body => body;

    /// <summary>How long the object is, or the part of it.</summary>
    public long LengthBytes => message.Content.Headers.ContentLength ?? -1;

    /// <summary>Where the part begins and how long the whole is; null for an answer with the whole.</summary>
    public (long From, long? WholeBytes)? Part =>
        Status == HttpStatusCode.PartialContent && message.Content.Headers.ContentRange is { From: { } from } range ? (from, range.Length) : null;

    /// <summary>Without quotes; empty for none.</summary>
    public string EntityTag => FindHeader("ETag") is { } tag ? tag.Trim().Trim('"') : "";

    /// <summary>Whether the store encrypts in a way that leaves entity tags without meaning.</summary>
    public bool HasOpaqueTag => FindHeader("x-amz-server-side-encryption") is "aws:kms" or "aws:kms:dsse" || FindHeader("x-amz-server-side-encryption-customer-algorithm") is not null;

    /// <summary>When it was stored, by the clock of the store.</summary>
    public DateTimeOffset? StoredAt => message.Content.Headers.LastModified;

    /// <summary>The clock of the store.</summary>
    public DateTimeOffset? Date => message.Headers.Date;

    public Task<Stream> OpenBodyAsync(CancellationToken cancellationToken) => message.Content.ReadAsStreamAsync(cancellationToken);

    public void Dispose() => message.Dispose();

    private string? FindHeader(string name) =>
        message.Headers.TryGetValues(name, out IEnumerable<string>? values) || message.Content.Headers.TryGetValues(name, out values) ? values.FirstOrDefault() : null;
}
