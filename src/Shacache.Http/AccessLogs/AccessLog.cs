using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Shacache.Http.Logging;
using Shacache.Posix;

namespace Shacache.Http.AccessLogs;

/// <summary>Writes one line for each request in the combined log format, with the milliseconds at its end, off the hot path.</summary>
/// <remarks>
/// Requests never wait for the log: entries go through a bounded queue to one task. What does not fit is dropped, counted
/// and reported. <see cref="Reopen"/> lets a rotated file go. What is written goes to the end of the file, wherever that is by then: a rotation that copies
/// the file and cuts it off (<c>copytruncate</c>) works, too.
/// </remarks>
public sealed class AccessLog : BackgroundService
{
    private const int QueuedEntries = 8192;
    private readonly Channel<AccessLogEntry> _queue = Channel.CreateBounded<AccessLogEntry>(
        new BoundedChannelOptions(QueuedEntries) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private static readonly TimeSpan ReportPause = TimeSpan.FromMinutes(1);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger<AccessLog> _logger;
    private Stream? _file;
    private long? _failureReportedAt;
    private long _dropped;
    private bool _reopen;

    /// <summary>Creates it; nothing is opened yet.</summary>
    /// <param name="path">A file that is appended to, or <c>-</c> for the standard output.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For what goes wrong with it: once, and then at most once a minute.</param>
    public AccessLog(string path, TimeProvider time, ILogger<AccessLog> logger)
    {
        _path = path;
        _time = time;
        _logger = logger;
    }

    /// <summary>Opens the file anew before the next line. For rotation.</summary>
    public void Reopen() => Volatile.Write(ref _reopen, true);

    /// <summary>How many lines wait to be written.</summary>
    internal int Waiting => _queue.Reader.Count;

    internal void Add(in AccessLogEntry entry)
    {
        if (!_queue.Writer.TryWrite(entry))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>Opens the file. One that cannot be written is reported now; lines are dropped until it can.</summary>
    /// <param name="cancellationToken">Stops the start.</param>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _file = Open();
        }
        catch (Exception e)
        {
            Report(e);
        }

        return base.StartAsync(cancellationToken);
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

                await WriteAsync(lines.ToString(), count);
            }
        }
        finally
        {
            await CloseAsync();
        }
    }

    private async ValueTask WriteAsync(string lines, int count)
    {
        try
        {
            if (Interlocked.Exchange(ref _reopen, false))
                await CloseAsync();
            _file ??= Open();
            await _file.WriteAsync(Encoding.UTF8.GetBytes(lines));
            await _file.FlushAsync();
        }
        catch (Exception e)
        {
            Interlocked.Add(ref _dropped, count);
            Report(e);
            await CloseAsync();
            return;
        }

        if (_failureReportedAt is not null)
            Log.AccessLogIsBack(_logger, _path);
        _failureReportedAt = null;
        if (Interlocked.Exchange(ref _dropped, 0) is var dropped and > 0)
            Log.AccessLinesDropped(_logger, dropped, _path);
    }

    private async ValueTask CloseAsync()
    {
        Stream? file = _file;
        _file = null;
        try
        {
            if (file is not null)
                await file.DisposeAsync();
        }
        catch (IOException)
        {
            // What it could not write was reported.
        }
    }

    private void Report(Exception failure)
    {
        if (_failureReportedAt is { } last && _time.GetElapsedTime(last) < ReportPause)
            return;
        _failureReportedAt = _time.GetTimestamp();
        Log.AccessLogFailed(_logger, _path, failure.Message.ReplaceLineEndings(" "));
    }

    private Stream Open()
    {
        if (_path == "-")
            return Console.OpenStandardOutput();
        if (!OperatingSystem.IsLinux())
            return new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

        // FileMode.Append remembers where the end was; the system's flag looks anew with each write. A pipe without a reader is not waited for.
        int descriptor = FileCalls.Open(
            _path, FileCalls.WriteOnly | FileCalls.Create | FileCalls.Append | FileCalls.NonBlocking | FileCalls.CloseOnExec, FileCalls.DefaultMode);
        return descriptor >= 0
            ? new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Write, bufferSize: 0)
            : throw new IOException(PosixError.Describe(PosixError.Last));
    }
}
