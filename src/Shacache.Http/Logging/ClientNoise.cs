using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Shacache.Http.Logging;

/// <summary>A log that clients cannot fill: what they can cause is logged at once when it is new, and then once a minute for each kind, with how often it happened.</summary>
/// <remarks>A kind is an event of a category. Messages below Information are all logged: an operator that turns them on wants each.</remarks>
/// <param name="log">Where messages go.</param>
/// <param name="time">The clock.</param>
public sealed class ClientNoise(ILoggerProvider log, TimeProvider time) : ILoggerProvider
{
    private const string WebServer = "Microsoft.AspNetCore.";
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(string Category, int Event), Kind> _kinds = new();

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Filter(this, log.CreateLogger(categoryName), categoryName);

    /// <inheritdoc/>
    public void Dispose() => log.Dispose();

    /// <summary>Whether every client that can connect can cause this event, as often as it likes.</summary>
    private static bool IsCausedByClients(string category, int id) =>
        category.StartsWith(WebServer, StringComparison.Ordinal) || id is (>= 4000 and <= 4009) or (>= 4301 and <= 4309) or 4502 or (>= 4611 and <= 4615) or (>= 4620 and <= 4623);

    /// <summary>Counts an event.</summary>
    /// <returns>How many were not logged since the last one that was; null when this one is not to be logged either.</returns>
    private long? Admit(string category, int id) => _kinds.GetOrAdd((category, id), static _ => new Kind()).Admit(time);

    private sealed class Kind
    {
        private readonly Lock _gate = new();
        private long? _loggedAt;
        private long _left;

        public long? Admit(TimeProvider time)
        {
            lock (_gate)
            {
                if (_loggedAt is { } last && time.GetElapsedTime(last) < Pause)
                {
                    _left++;
                    return null;
                }

                long left = _left;
                _left = 0;
                _loggedAt = time.GetTimestamp();
                return left;
            }
        }
    }

    private sealed class Filter(ClientNoise noise, ILogger log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => log.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => log.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel < LogLevel.Information || !IsCausedByClients(category, eventId.Id))
            {
                log.Log(logLevel, eventId, state, exception, formatter);
                return;
            }

            if (noise.Admit(category, eventId.Id) is not { } left)
                return;
            string more = left == 0 ? "" : $" (and {left} more of this kind since the last one that was logged)";

            // Where the web server was when a client misbehaved helps only those who look for a fault in it.
            bool isTraced = exception is null || logLevel > LogLevel.Warning || log.IsEnabled(LogLevel.Debug) || !category.StartsWith(WebServer, StringComparison.Ordinal);
            log.Log(
                logLevel,
                eventId,
                state,
                isTraced ? exception : null,
                (told, _) => isTraced ? $"{formatter(told, exception)}{more}" : $"{formatter(told, exception)} {exception!.Message}{more}");
        }
    }
}
