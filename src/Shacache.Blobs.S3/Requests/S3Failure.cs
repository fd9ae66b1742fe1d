using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shacache.Blobs.S3.Credentials;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.S3.Requests;

/// <summary>A request to the store failed.</summary>
/// <param name="kind">What it means.</param>
/// <param name="reason">One line, without a full stop.</param>
/// <param name="innerException">The cause.</param>
internal sealed class S3Failure(FailureKind kind, string reason, Exception? innerException = null) : Exception(reason, innerException)
{
    public FailureKind Kind => kind;

    /// <summary>Whether the store may have done, or may yet do, what it was asked for.</summary>
    public bool IsInDoubt { get; init; }

    /// <summary>The error code of the store; empty for none.</summary>
    public string Code { get; init; } = "";

    /// <summary>As the contract has it: whatever is wrong with the store, another server may be tried.</summary>
    /// <param name="failed">What was tried, such as <c>Blob 12ab cannot be read</c>.</param>
    public BlobStoreException As(string failed) => kind == FailureKind.Full
        ? new StorageFullException($"{failed}: {Message}.", this)
        : new BlobStoreException($"{failed}: {Message}.", this) { IsAway = true };

    /// <summary>Reads what ended a request without an answer; null when it is not about the network.</summary>
    public static S3Failure? Of(Exception exception, string store) => exception switch
    {
        S3Failure failure => failure,
        CredentialsException e => new S3Failure(FailureKind.Refused, e.Message, e),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } e =>
            new S3Failure(FailureKind.Away, $"{store} cannot be reached: {Line(e)}", e),
        HttpRequestException or IOException or SocketException or InvalidDataException => InDoubt($"{store} does not answer: {Line(exception)}", exception),
        TimeoutException e => InDoubt($"{store} does not answer in time", e),
        _ => null,
    };

    /// <summary>Reads an answer that is a failure.</summary>
    public static S3Failure Of(HttpStatusCode status, string code, string bucket, string store)
    {
        string named = code.Length > 0 ? code : ((int)status).ToString(CultureInfo.InvariantCulture);
        (FailureKind kind, string reason) = (status, code) switch
        {
            (_, "NoSuchBucket") => (FailureKind.Refused, $"there is no bucket {bucket} at {store}; make it, or name another one with content"),
            (_, "QuotaExceeded" or "InsufficientStorage" or "XMinioStorageFull") => (FailureKind.Full, $"{store} has no room ({code})"),
            (_, "RequestTimeTooSkewed") => (FailureKind.Busy, $"the clock of this machine differs too much from that of {store}"),
            (_, "RequestTimeout") => (FailureKind.Busy, $"{store} did not get the request in time"),
            (HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized, _) =>
                (FailureKind.Refused, $"{store} refuses the credentials for bucket {bucket} ({named}); check them, and the rights to list, read, write and delete"),
            (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests, _) or (_, "SlowDown") => (FailureKind.Busy, $"{store} is busy ({named})"),
            (HttpStatusCode.Conflict, _) => (FailureKind.Busy, $"another request was in the way at {store} ({named})"),
            (HttpStatusCode.InsufficientStorage, _) => (FailureKind.Full, $"{store} has no room ({named})"),
            _ => (int)status >= 500 ? (FailureKind.Away, $"{store} fails ({named})") : (FailureKind.Other, $"{store} refuses the request ({named})"),
        };
        return new S3Failure(kind, reason) { Code = code, IsInDoubt = kind == FailureKind.Away };
    }

    private static S3Failure InDoubt(string reason, Exception exception) => new(FailureKind.Away, reason, exception) { IsInDoubt = true };

    private static string Line(Exception exception) => (exception.InnerException ?? exception).Message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
}

/// <summary>What a failure means.</summary>
internal enum FailureKind
{
    /// <summary>The request itself is refused; it would be again.</summary>
    Other,

    /// <summary>The store cannot be reached, or does not answer.</summary>
    Away,

    /// <summary>The store answers, and asks to come later. It did nothing.</summary>
    Busy,

    /// <summary>The operator has to change something: there is no such bucket, or the credentials are refused.</summary>
    Refused,

    /// <summary>There is no room.</summary>
    Full,
}
