using System.Text;
using Microsoft.Extensions.Logging;

namespace Shacache.Http.Tests.Accounts;

/// <summary>Keeps everything that is logged, of every level and category, with all its values.</summary>
internal sealed class VerboseLog : ILoggerProvider, ILogger
{
    private readonly StringBuilder _text = new();

    public string Text
    {
        get
        {
            lock (_text)
                return _text.ToString();
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_text)
        {
            _text.AppendLine(formatter(state, exception)).AppendLine(exception?.ToString());
            if (state is IEnumerable<KeyValuePair<string, object?>> values)
                _text.AppendJoin(' ', values);
        }
    }

    public void Dispose()
    {
    }
}
