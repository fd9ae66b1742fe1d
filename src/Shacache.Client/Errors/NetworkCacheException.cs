using System.Net;
using Shacache.Core.Blobs;

namespace Shacache.Client.Errors;

/// <summary>An operation of the network cache failed. The subclasses are the cases that a caller may want to distinguish.</summary>
/// <remarks>
/// The message is one line: what was asked (with the URL, never with its password), what happened, and what to do.
/// <list type="bullet">
/// <item><see cref="NetworkCacheConfigurationException"/>: the configuration must be corrected first.</item>
/// <item><see cref="ContentNotFoundException"/>: no server has it; get it elsewhere.</item>
/// <item><see cref="DigestMismatchException"/>: what came is not what was asked for, or what was stored is not what was sent.</item>
/// <item><see cref="NetworkCacheRefusedException"/>: a server answered, and will answer the same again.</item>
/// <item><see cref="NetworkCacheUnavailableException"/>: no server could be reached, or none finished; later it may work.</item>
/// <item><see cref="UntrustedSigningKeyException"/>: what this key signs could never be read back.</item>
/// <item><see cref="CredentialsInEntryException"/>: the entry would show a password or token to everybody.</item>
/// <item><see cref="NotCachedException"/>: the cache has no usable copy, and the origin was not to be asked.</item>
/// <item><c>ChecksumMismatchException</c>: the origin sent something else than was asked for.</item>
/// </list>
/// Wrong arguments are <see cref="ArgumentException"/>s, a failure of a local file is an <see cref="IOException"/>, cancellation is an
/// <see cref="OperationCanceledException"/>: they are thrown as they are.
/// </remarks>
/// <param name="message">One line: what was asked, what happened, what to do.</param>
/// <param name="innerException">The cause.</param>
public class NetworkCacheException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>A configuration file, an option in it, or a file that an option names cannot be used. Nothing was sent.</summary>
/// <param name="message">One line that names the place and the problem.</param>
/// <param name="innerException">The cause.</param>
public sealed class NetworkCacheConfigurationException(string message, Exception? innerException = null) : NetworkCacheException(message, innerException)
{
    /// <summary>The configuration file; null when the options came from elsewhere.</summary>
    public string? File { get; init; }

    /// <summary>The line of the file, from 1; null when none is to blame.</summary>
    public int? Line { get; init; }

    /// <summary>The section, such as <c>networkcache</c>; null when none is to blame.</summary>
    public string? Section { get; init; }

    /// <summary>The option in lower case, such as <c>upload-cache-url</c>; null when none is to blame.</summary>
    public string? Option { get; init; }
}

/// <summary>No server could be reached, or none finished in time, after all retries. The same call may succeed later.</summary>
/// <param name="message">One line: what was asked of which servers, and what happened at each.</param>
/// <param name="innerException">What happened last.</param>
public sealed class NetworkCacheUnavailableException(string message, Exception? innerException = null) : NetworkCacheException(message, innerException);

/// <summary>A server answered with a refusal that another attempt would only repeat: not allowed, too large, no room, malformed.</summary>
/// <param name="message">One line: what was asked, the status, and the server's own line.</param>
/// <param name="statusCode">The answer's status.</param>
public sealed class NetworkCacheRefusedException(string message, HttpStatusCode statusCode) : NetworkCacheException(message)
{
    /// <summary>The answer's status, such as 401, 413 or 507.</summary>
    public HttpStatusCode StatusCode { get; } = statusCode;
}

/// <summary>Every configured server was asked, and answered that it does not have the content.</summary>
/// <param name="message">One line: what was asked, and where.</param>
/// <param name="digest">The content that was asked for.</param>
public sealed class ContentNotFoundException(string message, Digest digest) : NetworkCacheException(message)
{
    /// <summary>The content that was asked for.</summary>
    public Digest Digest { get; } = digest;
}

/// <summary>The bytes that a server sent, or says it stored, have another digest than they must have.</summary>
/// <remarks>After a download into a stream that cannot seek, the wrong bytes are in that stream: the caller throws them away.</remarks>
/// <param name="message">One line: what was asked, and both digests.</param>
/// <param name="expected">The digest that the bytes must have.</param>
/// <param name="actual">The digest that they have; null when the server's answer holds none.</param>
public sealed class DigestMismatchException(string message, Digest expected, Digest? actual) : NetworkCacheException(message)
{
    /// <summary>The digest that the bytes must have.</summary>
    public Digest Expected { get; } = expected;

    /// <summary>The digest that they have; null when the server's answer holds none.</summary>
    public Digest? Actual { get; } = actual;
}

/// <summary>The network cache has no usable copy, and the origin may not be asked.</summary>
/// <param name="message">One line: what was asked, and why there is nothing.</param>
public sealed class NotCachedException(string message) : NetworkCacheException(message);

/// <summary>A private key is configured, but <c>signature-certificate-list</c> has no certificate for it. Nothing was sent.</summary>
/// <remarks>
/// Such a client could never read back its own uploads, and would upload duplicates each time (docs/protocol.md, "Trust"):
/// put the certificate of the key into the list.
/// </remarks>
/// <param name="message">One line that names the key and the list.</param>
public sealed class UntrustedSigningKeyException(string message) : NetworkCacheException(message);

/// <summary>An entry would hold what looks like a password or token, and everybody can read entries. Nothing was sent.</summary>
/// <param name="message">One line that says where, without the credential.</param>
public sealed class CredentialsInEntryException(string message) : NetworkCacheException(message);
