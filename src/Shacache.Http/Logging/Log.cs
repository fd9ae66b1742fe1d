using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Http.Logging;

/// <summary>
/// Every message of this library. Event ids: 4000 requests, 4100 access log, 4200 health, 4300 download gateway, 4400 TLS, 4500 accounts,
/// 4600 upstreams and what is filled from them.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Error, "{Method} {Target} failed (trace {TraceId})")]
    public static partial void RequestFailed(ILogger logger, string method, string target, string traceId, Exception exception);

    [LoggerMessage(4001, LogLevel.Error, "{Method} {Target} was cut off: the object could not be read to its end (trace {TraceId})")]
    public static partial void DownloadCut(ILogger logger, string method, string target, string traceId, Exception exception);

    [LoggerMessage(4002, LogLevel.Debug, "{Method} {Target} was refused with {Status}: {Problem}")]
    public static partial void RequestRefused(ILogger logger, string method, string target, int status, string problem);

    [LoggerMessage(4003, LogLevel.Error, "{Method} {Target} found no room (trace {TraceId}): {Problem}")]
    public static partial void StorageFull(ILogger logger, string method, string target, string traceId, string problem);

    [LoggerMessage(4004, LogLevel.Error, "{Method} {Target} failed, as a store is away (trace {TraceId}): {Problem}")]
    public static partial void StoreAway(ILogger logger, string method, string target, string traceId, string problem);

    [LoggerMessage(4100, LogLevel.Warning, "{Count} lines of the access log were dropped: {Path} takes them too slowly")]
    public static partial void AccessLinesDropped(ILogger logger, long count, string path);

    [LoggerMessage(4101, LogLevel.Error, "The access log {Path} cannot be written; its lines are dropped until it can: {Problem}")]
    public static partial void AccessLogFailed(ILogger logger, string path, string problem);

    [LoggerMessage(4102, LogLevel.Information, "The access log {Path} can be written again")]
    public static partial void AccessLogIsBack(ILogger logger, string path);

    [LoggerMessage(4200, LogLevel.Error, "Not able to serve: {Problem}")]
    public static partial void Unhealthy(ILogger logger, string problem);

    [LoggerMessage(4201, LogLevel.Information, "Able to serve again")]
    public static partial void HealthyAgain(ILogger logger);

    [LoggerMessage(4300, LogLevel.Debug, "Fetched {Url} ({LengthBytes} bytes)")]
    public static partial void Fetched(ILogger logger, string url, long lengthBytes);

    [LoggerMessage(4301, LogLevel.Information, "{Url} could not be fetched, and nothing of it was stored: {Problem} ({Reason})")]
    public static partial void OriginFailed(ILogger logger, string url, string problem, string reason);

    [LoggerMessage(4302, LogLevel.Warning, "The transfer of {Url} failed; nothing of it was stored (trace {TraceId})")]
    public static partial void TransferFailed(ILogger logger, string url, string traceId, Exception exception);

    [LoggerMessage(4306, LogLevel.Error, "{Url} could not be fetched, for lack of room: {Problem}")]
    public static partial void TransferHasNoRoom(ILogger logger, string url, string problem);

    [LoggerMessage(4303, LogLevel.Debug, "An answer to {Path} was cut off: {Problem}")]
    public static partial void FollowerCut(ILogger logger, string path, string problem);

    [LoggerMessage(4304, LogLevel.Debug, "{Url} was passed on and not kept: {Reason}")]
    public static partial void NotKept(ILogger logger, string url, string reason);

    [LoggerMessage(4305, LogLevel.Information, "{Url} was forgotten as an operator asked ({Count} entries and listings)")]
    public static partial void Forgotten(ILogger logger, string url, int count);

    [LoggerMessage(4307, LogLevel.Warning, "{Url} is not kept: {Problem}")]
    public static partial void PromiseBroken(ILogger logger, string url, string problem);

    [LoggerMessage(4308, LogLevel.Warning, "The packages of remote {Remote} that {Index} names are kept without comparing their hashes: {Problem}")]
    public static partial void NamesNotRead(ILogger logger, string remote, string index, string problem);

    [LoggerMessage(4400, LogLevel.Information, "TLS certificate {Path}: {Subject}, valid until {NotAfter:yyyy-MM-ddTHH:mm:ssZ}")]
    public static partial void CertificateUsed(ILogger logger, string path, string subject, DateTime notAfter);

    [LoggerMessage(4401, LogLevel.Warning, "The TLS certificate {Path} expired at {NotAfter:yyyy-MM-ddTHH:mm:ssZ}: clients refuse it; replace the file")]
    public static partial void CertificateExpired(ILogger logger, string path, DateTime notAfter);

    [LoggerMessage(4402, LogLevel.Warning, "The TLS certificate {Path} is not valid before {NotBefore:yyyy-MM-ddTHH:mm:ssZ}: clients refuse it until then")]
    public static partial void CertificateNotYetValid(ILogger logger, string path, DateTime notBefore);

    [LoggerMessage(4403, LogLevel.Warning, "Every user of this machine can read the private key {Path}; take that right away (chmod o= FILE)")]
    public static partial void KeyReadableByOthers(ILogger logger, string path);

    [LoggerMessage(4404, LogLevel.Error, "The TLS certificate is not replaced, the old one stays in use: {Problem}")]
    public static partial void CertificateRefused(ILogger logger, string problem);

    [LoggerMessage(4500, LogLevel.Information, "Accounts are on: uploads are judged by the certificate authority {Path}")]
    public static partial void AccountsOn(ILogger logger, string path);

    [LoggerMessage(4501, LogLevel.Error, "Accounts stay off: {Problem}")]
    public static partial void AuthorityRefused(ILogger logger, string problem);

    [LoggerMessage(4502, LogLevel.Information, "A credential from {Address} was refused: {Problem}")]
    public static partial void CredentialRefused(ILogger logger, string address, string problem);

    [LoggerMessage(4600, LogLevel.Warning, "The upstream {Name} fails; it is left alone for {Duration}")]
    public static partial void UpstreamLeftAlone(ILogger logger, string name, TimeSpan duration);

    [LoggerMessage(4601, LogLevel.Information, "The upstream {Name} answers again")]
    public static partial void UpstreamIsBack(ILogger logger, string name);

    [LoggerMessage(4610, LogLevel.Debug, "Filled {Digest} ({LengthBytes} bytes) from {Upstream}")]
    public static partial void Filled(ILogger logger, Digest digest, long lengthBytes, string upstream);

    [LoggerMessage(4611, LogLevel.Information, "{Digest} could not be filled: {Problem} ({Reason})")]
    public static partial void FillFailed(ILogger logger, Digest digest, string problem, string reason);

    [LoggerMessage(4612, LogLevel.Debug, "{Digest} was not filled: no request wanted it any more")]
    public static partial void FillAbandoned(ILogger logger, Digest digest);

    [LoggerMessage(4613, LogLevel.Error, "{Digest} finds no room; it is handed on without being kept: {Problem}")]
    public static partial void FillHasNoRoom(ILogger logger, Digest digest, string problem);

    [LoggerMessage(4614, LogLevel.Error, "{Digest} cannot be stored; it is handed on without being kept: {Problem}")]
    public static partial void FillNotStored(ILogger logger, Digest digest, string problem);

    [LoggerMessage(4615, LogLevel.Error, "The transfer of {Digest} failed (trace {TraceId})")]
    public static partial void FillBroke(ILogger logger, Digest digest, string traceId, Exception exception);

    [LoggerMessage(4616, LogLevel.Warning, "The upstream {Name} has something else under {Digest}; it was thrown away, and that upstream is not asked for it for a while")]
    public static partial void BadCopy(ILogger logger, string name, Digest digest);

    [LoggerMessage(4620, LogLevel.Information, "The entries of {Key} could not be fetched: {Problem} ({Reason})")]
    public static partial void ListingFetchFailed(ILogger logger, EntryKey key, string problem, string reason);

    [LoggerMessage(4621, LogLevel.Information, "{Count} entries that the upstream {Name} lists under {Key} are malformed and were left out; the first: {Problem}")]
    public static partial void EntriesLeftOut(ILogger logger, int count, string name, EntryKey key, string problem);

    [LoggerMessage(4690, LogLevel.Information, "What the upstream {Name} lists under {Key} is longer than {MaxBytes} bytes; its first {Count} entries are used")]
    public static partial void ListingCut(ILogger logger, string name, EntryKey key, int maxBytes, int count);

    [LoggerMessage(4622, LogLevel.Error, "Fetching the entries of {Key} failed (trace {TraceId})")]
    public static partial void ListingFetchBroke(ILogger logger, EntryKey key, string traceId, Exception exception);

    [LoggerMessage(4623, LogLevel.Error, "What upstreams list under {Key} cannot be kept")]
    public static partial void ListingNotKept(ILogger logger, EntryKey key, Exception exception);

    [LoggerMessage(4624, LogLevel.Information, "Forgot the upstreams' entries of {Count} keys that were not asked for since {Since:yyyy-MM-dd}")]
    public static partial void ListingsForgotten(ILogger logger, int count, DateTimeOffset since);

    [LoggerMessage(4630, LogLevel.Information, "Asked upstreams for {Count} keys again: {Updated} updated, {Removed} removed, {Failed} could not be asked for")]
    public static partial void Refreshed(ILogger logger, int count, int updated, int removed, int failed);

    [LoggerMessage(4640, LogLevel.Warning, "Could not send {What} to the upstream {Name}; it waits: {Problem}")]
    public static partial void ForwardPostponed(ILogger logger, string what, string name, string problem);

    [LoggerMessage(4641, LogLevel.Error, "Could not send {What} to the upstream {Name} for good; see 'shacache mirror queue': {Problem}")]
    public static partial void ForwardRefused(ILogger logger, string what, string name, string problem);

    [LoggerMessage(4642, LogLevel.Error, "{Digest} cannot be read, and so not be sent to the upstream {Name}")]
    public static partial void ForwardUnreadable(ILogger logger, Digest digest, string name, Exception exception);

    [LoggerMessage(4643, LogLevel.Error, "The queue of uploads for the upstream {Name} cannot be used")]
    public static partial void ForwardQueueFailed(ILogger logger, string name, Exception exception);

    [LoggerMessage(4625, LogLevel.Error, "Entries of upstreams that are not asked for could not be forgotten")]
    public static partial void ListingsNotForgotten(ILogger logger, Exception exception);

    [LoggerMessage(4650, LogLevel.Warning, "The metrics of the stores are old: {Problem}")]
    public static partial void StateUnknown(ILogger logger, string problem);
}
