using System.Net;

namespace Shacache.Http.AccessLogs;

/// <summary>One answered request.</summary>
internal readonly record struct AccessLogEntry(
    DateTimeOffset StartedAt, IPAddress? Client, string Method, string Target, string Protocol, int Status, long BodyBytes, string? UserAgent, TimeSpan Elapsed);
