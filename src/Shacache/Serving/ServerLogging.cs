using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Shacache.Core.Messages;
using Shacache.Http.Logging;

namespace Shacache.Cli.Serving;

/// <summary>Where the server's log goes: standard error, one line a message; in the journal's form under systemd.</summary>
internal static class ServerLogging
{
    public static void Add(ILoggingBuilder logging, LogLevel level)
    {
        logging.SetMinimumLevel(level);
        if (level >= LogLevel.Information)
        {
            logging.AddFilter("Microsoft", LogLevel.Warning);

            // Asked for errors, it makes a scope and an activity for each request. It never logs any: answers are counted and logged elsewhere.
            logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        }

        // What keeps the server from starting is reported by the command, in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 })
        {
            logging.AddSystemdConsole(format => format.IncludeScopes = false);
        }
        else
        {
            logging.AddSimpleConsole(format =>
            {
                format.SingleLine = true;
                format.UseUtcTimestamp = true;
                format.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ ";
                format.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }

        // In place of the console itself, which only this knows now.
        logging.Services.RemoveAll<ILoggerProvider>();
        logging.Services.AddSingleton<ConsoleLoggerProvider>();
        logging.Services.AddSingleton<ILoggerProvider>(services => new ClientNoise(services.GetRequiredService<ConsoleLoggerProvider>(), TimeProvider.System));
        logging.Services.Configure<ConsoleLoggerOptions>(console =>
        {
            // The standard output is for the access log. A reader that stalls must not stall requests.
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
    }
}

/// <summary>The server's log as it is written: one message a line, and what clients chose in it is escaped, whatever message it is in.</summary>
internal sealed class PrintableWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value) => inner.Write(Lines(value));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value) => inner.Write($"{Lines(value)}\n");

    public override void Flush() => inner.Flush();

    // Loggers put a message on one line, so what is left of line ends is ours. In one call: other threads write as well.
    private static string Lines(string? text) => string.Join('\n', (text ?? "").Split('\n').Select(Printable.Of));
}
