namespace Shacache.Blobs.S3.Requests;

/// <summary>A request to the bucket as data, so that it can be sent again.</summary>
/// <param name="Method">The method.</param>
/// <param name="Key">The object; null for the bucket itself.</param>
internal sealed record BucketRequest(HttpMethod Method, string? Key)
{
    /// <summary>The parameters, unescaped, in any order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; init; } = [];

    /// <summary>Further headers, with names in lower case. They are signed.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body in pieces; null for none.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Body { get; init; }

    /// <summary>The MD5 of the body in Base64, which the store compares.</summary>
    public string? BodyMd5 { get; init; }

    /// <summary>How long the answer may take, once the body is sent.</summary>
    public TimeSpan AnswerLimit { get; init; } = BucketClient.AnswerLimit;

    /// <summary>For how long it is tried again.</summary>
    public TimeSpan Patience { get; init; } = BucketClient.Patience;

    /// <summary>Whether the body of the answer is read by the caller, as it comes.</summary>
    public bool IsStreamed { get; init; }

    /// <summary>Whether it is not tried again when its outcome is unknown.</summary>
    public bool IsOnce { get; init; }
}
