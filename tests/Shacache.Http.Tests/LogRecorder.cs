using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Shacache.Http.Tests;

/// <summary>Keeps what was logged at Warning and above.</summary>
internal sealed class LogRecorder : ILoggerProvider, ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // Kestrel's warning that the machine is slow says nothing about the server, and the machine may be.
        if (IsEnabled(logLevel) && eventId.Name != "HeartbeatSlow")
            Lines.Enqueue((logLevel, $"{formatter(state, exception)} {exception?.GetType().Name}"));
    }

    public void Dispose()
    {
    }
}
