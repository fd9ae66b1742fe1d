using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Shacache.Http.AccessLogs;

/// <summary>Writes one line for each request in the combined log format, with the milliseconds at its end, off the hot path.</summary>
/// <remarks>
/// Requests never wait for the log: entries go through a bounded queue to one task. What does not fit is dropped, counted
/// and reported. <see cref="Reopen"/> lets a rotated file go.
/// </remarks>
public sealed class AccessLog : BackgroundService
{
    private const int QueuedEntries = 8192;
    private readonly Channel<AccessLogEntry> _queue = Channel.CreateBounded<AccessLogEntry>(
        new BoundedChannelOptions(QueuedEntries) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly string _path;
    private readonly ILogger<AccessLog> _logger;
    private long _dropped;
    private volatile bool _reopen;

    /// <summary>Creates it; nothing is opened yet.</summary>
    /// <param name="path">A file that is appended to, or <c>-</c> for the standard output.</param>
    /// <param name="logger">For what goes wrong with it.</param>
    public AccessLog(string path, ILogger<AccessLog> logger)
    {
        _path = path;
        _logger = logger;
    }

    /// <summary>Opens the file anew before the next line. For rotation.</summary>
    public void Reopen() => _reopen = true;

    internal void Add(in AccessLogEntry entry)
    {
        if (!_queue.Writer.TryWrite(entry))
            Interlocked.Increment(ref _dropped);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } writing)
            await writing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Ends when the queue is completed and empty: what was answered before the stop is written.
        Stream? file = null;
        var lines = new StringBuilder();
        try
        {
            while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
            {
                lines.Clear();
                int count = 0;
                while (lines.Length < 64 * 1024 && _queue.Reader.TryRead(out AccessLogEntry entry))
                {
                    AccessLogLine.Append(lines, entry);
                    count++;
                }

                file = await TryWriteAsync(file, lines.ToString(), count);
                if (Interlocked.Exchange(ref _dropped, 0) is var dropped and > 0)
                    Log.AccessLinesDropped(_logger, dropped, _path);
            }
        }
        finally
        {
            if (file is not null)
                await file.DisposeAsync();
        }
    }

    private async ValueTask<Stream?> TryWriteAsync(Stream? file, string lines, int count)
    {
        try
        {
            if (_reopen && file is not null)
            {
                await file.DisposeAsync();
                file = null;
            }

            _reopen = false;
            file ??= Open();
            await file.WriteAsync(Encoding.UTF8.GetBytes(lines));
            await file.FlushAsync();
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Interlocked.Add(ref _dropped, count);
            Log.AccessLogFailed(_logger, _path, e);
            if (file is not null)
                await file.DisposeAsync();
            return null;
        }
    }

    private Stream Open() => _path == "-"
        ? Console.OpenStandardOutput()
        : new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
