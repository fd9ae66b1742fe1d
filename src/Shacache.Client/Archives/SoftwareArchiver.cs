using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Gzip;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;

namespace Shacache.Client.Archives;

/// <summary>Writes the folder of a built software release as a gzip'd tar with the folder's name as its top (docs/protocol.md, "Binary cache").</summary>
/// <remarks>
/// <para>An unchanged folder gives the same bytes every time, whatever the number of cores: names in the order of their bytes,
/// modification times to the nanosecond, no time of writing. A later version of .NET may compress otherwise.</para>
/// <para>Kept: content, holes of sparse files, owners by name and number, permissions with set-uid, set-gid and sticky bits, modification times, hard links,
/// symbolic links, capabilities and extended attributes of users (as pax records <c>SCHILY.xattr.</c>), empty folders, names of any bytes. Not kept: access times, SELinux labels,
/// that two symbolic links are one file. Left out with a warning: files that hold credentials, unless they are wanted; sockets, fifos, devices; other extended attributes.
/// Nothing outside the folder is read, whatever the links in it point to. Linux only.</para>
/// </remarks>
/// <param name="options">Null for the defaults.</param>
public sealed class SoftwareArchiver(ArchiveOptions? options = null)
{
    private readonly ArchiveOptions _options = options ?? new ArchiveOptions();

    /// <summary>Writes the archive of a folder.</summary>
    /// <param name="folder">The folder, such as <c>/opt/slapgrid/0cc175b9c0f1b6a831c399e269772661</c>.</param>
    /// <param name="destination">Receives the archive; it is neither flushed nor closed. After an exception it holds an incomplete archive.</param>
    /// <param name="progress">Called from time to time, on the thread that does the work.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ArchiveException">The folder is missing, something in it cannot be read or changed while it was read.</exception>
    /// <exception cref="IOException">The destination failed.</exception>
    public Task<ArchiveSummary> WriteAsync(
        string folder, Stream destination, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken) =>
        RunAsync(folder, () => new ParallelGzipWriter(destination, _options.Workers, cancellationToken), progress, cancellationToken);

    /// <summary>Reads all that would be archived, for the observer of the options alone.</summary>
    /// <inheritdoc cref="WriteAsync"/>
    internal Task<ArchiveSummary> ReadAsync(string folder, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken) =>
        RunAsync(folder, () => new DiscardingOutput(), progress, cancellationToken);

    private Task<ArchiveSummary> RunAsync(
        string folder, Func<IArchiveOutput> open, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("Software releases are archived on Linux only.");
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        // Reading files blocks: not on the caller's thread.
        return Task.Run(() => RunCoreAsync(path, open, progress, cancellationToken), cancellationToken);
    }

    private async Task<ArchiveSummary> RunCoreAsync(
        string folder, Func<IArchiveOutput> open, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
    {
        byte[] name = FileName.FromText(Path.GetFileName(folder));
        if (name.Length == 1)
            throw new ArchiveException($"The folder '{folder}' has no name of its own and cannot be archived.");
        IArchiveOutput output = open();
        await using (output.ConfigureAwait(false))
        {
            var tree = new TreeWriter(output, _options, progress, cancellationToken);
            using (SafeFileHandle handle = Open(folder))
                await tree.AddFolderAsync(handle, name.AsMemory(0, name.Length - 1)).ConfigureAwait(false);
            await tree.CompleteAsync().ConfigureAwait(false);
            return new ArchiveSummary(output.WrittenBytes, tree.ContentBytes, tree.Entries, tree.Warnings);
        }
    }

    private static SafeFileHandle Open(string folder)
    {
        try
        {
            return FileSystemCalls.OpenFolder(folder);
        }
        catch (FileSystemException e)
        {
            throw e.ToArchiveException("The folder is not archived");
        }
    }
}

/// <summary>How a folder is archived.</summary>
public sealed record ArchiveOptions
{
    private const int MaxDefaultWorkers = 4;

    /// <summary>Cores that compress, at most 16; by default all, but at most four. The archive's bytes do not depend on it.</summary>
    /// <remarks>Each additional core needs about 4 MiB. With four the whole process stays below 128 MiB, and compresses faster than most networks transfer.</remarks>
    public int Workers { get; init; } = Math.Min(Environment.ProcessorCount, MaxDefaultWorkers);

    /// <summary>Whether names and numbers of users and groups are written; by default yes. Without them the extracting side decides.</summary>
    public bool KeepOwners { get; init; } = true;

    /// <summary>Whether files that hold credentials are archived too; by default they are left out with a warning (<see cref="ArchiveSummary.Warnings"/>).</summary>
    public bool WithCredentials { get; init; }

    /// <summary>Names directly in the folder that are left out without a warning; by default none.</summary>
    public IReadOnlyCollection<string> LeftOut { get; init; } = [];

    /// <summary>Sees what is archived; null for none.</summary>
    internal ITreeObserver? Observer { get; init; }
}

/// <summary>How far an archiving or an extraction has come.</summary>
/// <param name="CompressedBytes">Bytes of the archive written or read so far.</param>
/// <param name="ContentBytes">Bytes of files read or written so far, without the holes of sparse files.</param>
/// <param name="Entries">Files, links and folders begun so far.</param>
public readonly record struct ArchiveProgress(long CompressedBytes, long ContentBytes, long Entries);

/// <summary>What went into an archive.</summary>
/// <param name="CompressedBytes">Length of the archive.</param>
/// <param name="ContentBytes">Bytes of files that were read, without the holes of sparse files.</param>
/// <param name="Entries">Files, links and folders.</param>
/// <param name="Warnings">One line for each thing that was left out: credentials; sockets, fifos and devices, which mean nothing on another machine; kinds of extended attributes.</param>
public sealed record ArchiveSummary(long CompressedBytes, long ContentBytes, long Entries, IReadOnlyList<string> Warnings);
