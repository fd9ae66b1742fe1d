using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Core.Messages;
using Shacache.Posix;

namespace Shacache.Client.Transfers;

/// <summary>A file that appears under its name whole, or not at all.</summary>
/// <remarks>Where the system can do it, it has no name until then, so that not even a killed process leaves a part of it.</remarks>
internal sealed class AtomicFile : IAsyncDisposable
{
    private const int PieceBytes = 128 * 1024;

    private readonly string _target;

    /// <summary>What the content is passed on to when it is whole; null for a file of its own.</summary>
    private readonly SafeFileHandle? _sink;

    /// <summary>Where it is until it is published; null while it has no name.</summary>
    private string? _staged;

    private AtomicFile(OutputPlace place)
    {
        _target = place.Path;
        _sink = place.Handle;
        if (_sink is not null)
        {
            Stream = TemporaryFile.Create(Path.GetTempPath());
            return;
        }

        if (UnnamedFile.TryCreate(Path.GetDirectoryName(_target)!) is { } handle)
        {
            Stream = new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0);
            return;
        }

        _staged = NewName();
        try
        {
            Stream = new FileStream(_staged, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                // Once it has its name others may read it, while this process still does.
                Share = FileShare.Read | FileShare.Delete,
                Options = FileOptions.Asynchronous,
                BufferSize = 0,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{_target} cannot be written: {FileTrouble.Explain(e, _staged)}.", e);
        }
    }

    public FileStream Stream { get; }

    /// <summary>Whether it is passed on, when it is published, to what is open already, such as a pipe or a terminal.</summary>
    public bool IsPassedOn => _sink is not null;

    /// <summary>Opens it, without anything to be seen of it yet. A link is not replaced, but what it leads to is.</summary>
    /// <inheritdoc cref="OutputPlace.Find" path="/exception"/>
    public static AtomicFile Create(string target) => new(OutputPlace.Find(target));

    /// <summary>Has it written. What the disk says against that, such as that it is full, names the file then.</summary>
    public async Task<T> WriteAsync<T>(Func<FileStream, Task<T>> write)
    {
        try
        {
            return await write(Stream).ConfigureAwait(false);
        }
        catch (IOException e) when (e is { HResult: PosixError.InputOutput or PosixError.FileTooLarge or PosixError.NoSpace or PosixError.QuotaExceeded })
        {
            string place = IsPassedOn ? $", since its temporary file in {Path.GetTempPath()} cannot" : "";
            throw new IOException($"{_target} cannot be written{place}: {FileTrouble.Explain(e)}.", e);
        }
    }

    /// <summary>Gives it its name, flushed to disk, in the place of any other file. It can still be read through <see cref="Stream"/>.</summary>
    public Task PublishAsync(CancellationToken cancellationToken) => PublishAsync(replaces: true, cancellationToken);

    /// <summary>The same, but takes no other file's place.</summary>
    /// <exception cref="IOException">Another file has the name.</exception>
    public Task PublishNewAsync(CancellationToken cancellationToken) => PublishAsync(replaces: false, cancellationToken);

    private async Task PublishAsync(bool replaces, CancellationToken cancellationToken)
    {
        if (_sink is not null)
            await PassOnAsync(_sink, cancellationToken).ConfigureAwait(false);
        else
            Publish(replaces);
    }

    private async Task PassOnAsync(SafeFileHandle sink, CancellationToken cancellationToken)
    {
        Stream.Position = 0;
        var pipe = new FileStream(sink, FileAccess.Write, bufferSize: 0);
        if (!pipe.CanSeek)
        {
            await using (pipe.ConfigureAwait(false))
                await Stream.CopyToAsync(pipe, cancellationToken).ConfigureAwait(false);
            return;
        }

        // A file stream writes at positions of its own, and would leave that of a descriptor, which other programs share, where it was.
        byte[] piece = new byte[PieceBytes];
        int read;
        try
        {
            while ((read = await Stream.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0)
                FileSystemCalls.Write(sink, piece.AsSpan(0, read));
        }
        catch (FileSystemException e)
        {
            throw new IOException($"{_target} cannot be written: {Marshal.GetPInvokeErrorMessage(e.Error)}.", e);
        }
    }

    private void Publish(bool replaces)
    {
        Stream.Flush(flushToDisk: true);
        if (_staged is null)
        {
            string name = NewName();
            try
            {
                if (UnnamedFile.TryLink(Stream.SafeFileHandle, _target))
                    return;
                if (!replaces)
                    throw new IOException($"{_target} exists already.");
                // Only rename replaces what is there.
                if (UnnamedFile.TryLink(Stream.SafeFileHandle, name))
                    _staged = name;
            }
            catch (FileSystemException e)
            {
                // There are files without a name here, and they cannot get one.
                CopyTo(name, e);
            }
        }

        File.Move(_staged ?? throw new IOException($"{_target} cannot be written: its temporary name is taken."), _target, overwrite: replaces);
        _staged = null;
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync().ConfigureAwait(false);
        _sink?.Dispose();
        if (_staged is null)
            return;
        try
        {
            File.Delete(_staged);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Why the file is not published is what the caller must learn.
        }
    }

    private void CopyTo(string name, FileSystemException reason)
    {
        try
        {
            using SafeFileHandle copy = File.OpenHandle(name, FileMode.CreateNew, FileAccess.Write);
            _staged = name;
            byte[] piece = new byte[PieceBytes];
            int count;
            for (long offset = 0; (count = RandomAccess.Read(Stream.SafeFileHandle, piece, offset)) > 0; offset += count)
                RandomAccess.Write(copy, piece.AsSpan(0, count), offset);
            RandomAccess.FlushToDisk(copy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{_target} cannot be written: {reason.Message}, and a copy under another name failed: {e.Message}", e);
        }
    }

    // In the same folder, as rename is atomic only within one file system.
    private string NewName() => Path.Combine(Path.GetDirectoryName(_target)!, $".shacache-{Guid.NewGuid():N}.part");
}
