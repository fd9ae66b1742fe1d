using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Gzip;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;
using Shacache.Client.Errors;
using Shacache.Posix;

namespace Shacache.Client.Archives;

/// <summary>Fills files while the next ones are created, which takes about as long.</summary>
/// <remarks>
/// Names are created in the archive's order, on the thread that reads it. This class needs only open files, no names.
/// Content is not copied: a block of it goes back to its pipe when it is written.
/// </remarks>
internal sealed class FileWriter : IAsyncDisposable
{
    // At most about 250 files are open as a result.
    private const int MaxWrites = 64;
    private const int WaitingBatches = 2;

    private readonly BlockPipe _content;
    private readonly TreeMetadata _metadata;
    private readonly Channel<Batch> _batches =
        Channel.CreateBounded<Batch>(new BoundedChannelOptions(WaitingBatches) { SingleReader = true, SingleWriter = true });

    private readonly Task _writing;
    private List<PendingWrite> _waiting = [];
    private (SafeFileHandle Handle, TarEntry Entry)? _file;
    private volatile bool _isAbandoned;

    /// <summary>Starts.</summary>
    /// <param name="content">The pipe whose blocks hold the content.</param>
    /// <param name="metadata">Sets what the entries say of their files.</param>
    public FileWriter(BlockPipe content, TreeMetadata metadata)
    {
        _content = content;
        _metadata = metadata;
        _content.Released = block => HandOnAsync(block);
        _writing = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Takes ownership of a file that was created from an entry, and closes it in every case.</summary>
    public void Begin(SafeFileHandle handle, TarEntry entry) => _file = (handle, entry);

    /// <summary>Writes to the file.</summary>
    /// <param name="content">A part of a block of the pipe.</param>
    /// <param name="offsetBytes">Where; null to continue after the last write.</param>
    /// <exception cref="ArchiveException">An earlier write failed.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> content, long? offsetBytes = null) =>
        AddAsync(new PendingWrite(_file!.Value.Handle, _file.Value.Entry) { Content = content, OffsetBytes = offsetBytes });

    /// <summary>Completes the file.</summary>
    /// <param name="needsMode">Whether it was created with other permissions than the entry's.</param>
    /// <param name="owner">Who is to own it.</param>
    /// <param name="change">How its content changed; null when it did not.</param>
    /// <param name="look">Looks at the complete file; null when nothing does.</param>
    /// <exception cref="ArchiveException">An earlier write failed.</exception>
    public ValueTask EndAsync(bool needsMode, FileOwner owner, IFileChange? change = null, Action<SafeFileHandle>? look = null)
    {
        var last = new PendingWrite(_file!.Value.Handle, _file.Value.Entry) { IsLast = true, NeedsMode = needsMode, Owner = owner, Change = change, Look = look };
        _file = null;
        return AddAsync(last);
    }

    /// <summary>Waits until all files that are ended by now are complete.</summary>
    /// <exception cref="ArchiveException">An earlier write failed.</exception>
    public async Task DrainAsync()
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await HandOnAsync(null, drained).ConfigureAwait(false);
        await drained.Task.ConfigureAwait(false);
    }

    /// <summary>Waits until everything is written.</summary>
    /// <exception cref="ArchiveException">A write failed.</exception>
    public async Task CompleteAsync()
    {
        await HandOnAsync(null).ConfigureAwait(false);
        _batches.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    /// <summary>Stops; what was not written by then is not.</summary>
    public async ValueTask DisposeAsync()
    {
        _isAbandoned = true;
        _content.Released = null;
        _batches.Writer.TryComplete();
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _file?.Handle.Dispose();
        foreach (PendingWrite write in _waiting)
            write.File.Dispose();
    }

    private ValueTask AddAsync(PendingWrite write)
    {
        _waiting.Add(write);
        return _waiting.Count < MaxWrites ? ValueTask.CompletedTask : HandOnAsync(null);
    }

    /// <summary>Passes on the pending writes, and a block that nothing else refers to.</summary>
    private async ValueTask HandOnAsync(byte[]? block, TaskCompletionSource? done = null)
    {
        if (_waiting.Count == 0 && block is null && done is null)
            return;
        try
        {
            await _batches.Writer.WriteAsync(new Batch(_waiting, block, done)).ConfigureAwait(false);
            _waiting = [];
        }
        catch (ChannelClosedException e) when (e.InnerException is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private async Task RunAsync()
    {
        ArchiveException? failure = null;
        await foreach ((List<PendingWrite> writes, byte[]? block, TaskCompletionSource? done) in _batches.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            foreach (PendingWrite write in writes)
            {
                try
                {
                    if (failure is null && !_isAbandoned)
                        write.Execute(_metadata);
                }
                catch (FileSystemException e)
                {
                    failure = Fail(e.ToArchiveException($"'{write.Entry.DisplayName}' of the archive cannot be created"));
                }
                catch (ArchiveException e)
                {
                    failure = Fail(e);
                }

                if (write.IsLast)
                    write.File.Dispose();
            }

            if (block is not null)
                _content.Return(block);
            done?.TrySetResult();
        }

        if (failure is not null)
            throw failure;
    }

    /// <summary>The next caller gets this exception. Pending writes are skipped, and their files closed.</summary>
    private ArchiveException Fail(ArchiveException failure)
    {
        _batches.Writer.TryComplete(failure);
        return failure;
    }

    /// <param name="Writes">What is done, in this order.</param>
    /// <param name="Block">The block that is returned to its pipe afterwards.</param>
    /// <param name="Done">Completed then.</param>
    private readonly record struct Batch(List<PendingWrite> Writes, byte[]? Block, TaskCompletionSource? Done);
}

/// <summary>Something that is still to be done with a file that was created.</summary>
/// <param name="File">The open file.</param>
/// <param name="Entry">What it was created from.</param>
internal readonly record struct PendingWrite(SafeFileHandle File, TarEntry Entry)
{
    /// <summary>What is written.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Where it is written; null to continue after the last write.</summary>
    public long? OffsetBytes { get; init; }

    /// <summary>Whether the file is complete with this, and gets what the entry says of it.</summary>
    public bool IsLast { get; init; }

    /// <summary>With the last: whether the file was created with other permissions than the entry's.</summary>
    public bool NeedsMode { get; init; }

    /// <summary>With the last: who is to own the file.</summary>
    public FileOwner Owner { get; init; }

    /// <summary>With the last: how the content changed; null when it did not.</summary>
    public IFileChange? Change { get; init; }

    /// <summary>With the last: looks at the complete file; null when nothing does.</summary>
    public Action<SafeFileHandle>? Look { get; init; }

    /// <summary>Does it.</summary>
    /// <param name="metadata">Sets what the entry says of the file.</param>
    /// <exception cref="FileSystemException">The disk failed, or is full.</exception>
    /// <exception cref="ArchiveException">The file cannot be changed.</exception>
    public void Execute(TreeMetadata metadata)
    {
        if (OffsetBytes is { } offset)
            FileSystemCalls.Seek(File, offset);
        FileSystemCalls.Write(File, Content.Span);
        if (!IsLast)
            return;
        // It may end with a hole.
        if (Entry.Extents is not null)
            FileSystemCalls.Check(FileCalls.SetLength(File, Entry.SizeBytes + (Change?.AddedBytes ?? 0)), "set the length");
        if (Change is { IsCompletedLater: true })
            Change.Complete(File);
        Look?.Invoke(File);
        metadata.Set(File, Owner, NeedsMode ? Entry.Permissions : null, Entry.Attributes, Entry.Modified);
    }
}
