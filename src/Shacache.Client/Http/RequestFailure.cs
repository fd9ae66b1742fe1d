using System.Net;
using Shacache.Core.Blobs;

namespace Shacache.Client.Http;

/// <summary>A request to one server failed. Never leaves the library: <see cref="Failover"/> makes of all of them what callers see.</summary>
internal sealed class RequestFailure(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public FailureKind Kind => kind;

    public HttpStatusCode StatusCode { get; init; }

    /// <summary>How long the server asks to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The server's certificate comes from a CA that is not trusted here.</summary>
    public bool IsUntrusted { get; init; }

    public Digest? Expected { get; init; }

    public Digest? Actual { get; init; }
}

/// <summary>What a failed request to one server means for what is tried next.</summary>
internal enum FailureKind
{
    /// <summary>The server has no such thing.</summary>
    NotFound,

    /// <summary>The server answered, and would answer the same again.</summary>
    Refused,

    /// <summary>The server cannot be used, and another attempt would not help.</summary>
    Unusable,

    /// <summary>It may pass: the same request is repeated.</summary>
    Transient,

    /// <summary>The bytes are not those that were asked for.</summary>
    Mismatch,
}
