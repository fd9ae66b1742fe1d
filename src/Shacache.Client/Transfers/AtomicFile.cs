using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;

namespace Shacache.Client;

/// <summary>A file that appears under its name whole, or not at all.</summary>
/// <remarks>Where the system can do it, it has no name until then, so that not even a killed process leaves something behind.</remarks>
internal sealed class AtomicFile : IAsyncDisposable
{
    private readonly string _target;

    /// <summary>Where it is until it is published; null while it has no name.</summary>
    private string? _staged;

    private AtomicFile(string target)
    {
        _target = target;
        if (UnnamedFile.TryCreate(Path.GetDirectoryName(target)!) is { } handle)
        {
            Stream = new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0);
            return;
        }

        _staged = NewName();
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

    public FileStream Stream { get; }

    public static AtomicFile Create(string target)
    {
        string path = Path.GetFullPath(target);
        if (Directory.Exists(path))
            throw new IOException($"{path} is a folder, not a file.");
        string folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{path} cannot be written: there is no folder {folder}.");
        // Its name would be taken away from /dev/null and the like.
        if (OperatingSystem.IsLinux() && File.Exists(path) && IsSpecial(path))
            throw new IOException($"{path} is a device or a pipe, which a file cannot replace.");
        return new AtomicFile(path);
    }

    private static bool IsSpecial(string path)
    {
        string end = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        return FileSystemCalls.FindStatus(LibC.CurrentFolder, FileName.FromText(end)) is { Kind: not (FileKind.Regular or FileKind.SymbolicLink) };
    }

    /// <summary>Gives it its name, flushed to disk, in the place of any other file. It can still be read through <see cref="Stream"/>.</summary>
    public void Publish() => Publish(replaces: true);

    /// <summary>The same, but takes no other file's place.</summary>
    /// <exception cref="IOException">Another file has the name.</exception>
    public void PublishNew() => Publish(replaces: false);

    private void Publish(bool replaces)
    {
        Stream.Flush(flushToDisk: true);
        if (_staged is null)
        {
            SafeFileHandle handle = Stream.SafeFileHandle;
            if (UnnamedFile.TryLink(handle, _target))
                return;
            if (!replaces)
                throw new IOException($"{_target} exists already.");
            // Only rename replaces what is there.
            string name = NewName();
            if (!UnnamedFile.TryLink(handle, name))
                throw new IOException($"{name} exists already.");
            _staged = name;
        }

        File.Move(_staged, _target, overwrite: replaces);
        _staged = null;
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync().ConfigureAwait(false);
        if (_staged is not null)
            File.Delete(_staged);
    }

    // In the same folder, as rename is atomic only within one file system.
    private string NewName() => Path.Combine(Path.GetDirectoryName(_target)!, $".shacache-{Guid.NewGuid():N}.part");
}
