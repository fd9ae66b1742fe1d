using System.Globalization;
using System.Net;
using System.Text;
using Shacache.Http.Requests;

namespace Shacache.Http.AccessLogs;

/// <summary>Writes an entry in the combined log format, followed by the elapsed milliseconds.</summary>
internal static class AccessLogLine
{
    private const string Unverified = " unverified";

    /// <summary>Appends the line and its line feed. What the client chose is escaped: no request can forge a line. Credentials are not shown.</summary>
    public static void Append(StringBuilder line, in AccessLogEntry entry)
    {
        line.Append(entry.Client?.ToString() ?? "-");
        line.Append(CultureInfo.InvariantCulture, $" - - [{entry.StartedAt.UtcDateTime:dd/MMM/yyyy:HH:mm:ss} +0000] \"");
        AppendEscaped(line, entry.Method);
        line.Append(' ');
        AppendEscaped(line, RequestTarget.Redact(entry.Target));
        line.Append(' ').Append(entry.Protocol);
        line.Append(CultureInfo.InvariantCulture, $"\" {entry.Status} {entry.BodyBytes} \"-\" \"");
        AppendEscaped(line, entry.UserAgent ?? "-");
        line.Append(CultureInfo.InvariantCulture, $"\" {entry.Elapsed.TotalMilliseconds:0.0}{(entry.IsUnverified ? Unverified : "")}\n");
    }

    private static void AppendEscaped(StringBuilder line, string text)
    {
        foreach (char c in text)
        {
            if (c is '"' or '\\' || c < ' ' || c >= '\x7F')
                line.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:X2}");
            else
                line.Append(c);
        }
    }
}

/// <summary>One answered request.</summary>
internal readonly record struct AccessLogEntry(
    DateTimeOffset StartedAt, IPAddress? Client, string Method, string Target, string Protocol, int Status, long BodyBytes, string? UserAgent, TimeSpan Elapsed)
{
    /// <summary>Whether what was sent was compared with nothing, although there is something to compare it with.</summary>
    public bool IsUnverified { get; init; }
}
