using Shacache.Client.Archives.Gzip;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;
using Shacache.Client.Errors;

namespace Shacache.Client.Archives;

/// <summary>Extracts the gzip'd tar of a built software release, as it arrives, into a folder that appears whole or not at all.</summary>
/// <remarks>
/// <para>Any tar writer's archive is read (pax, GNU, ustar). Refused, with one line that says what and where: names that are absolute, have <c>..</c> or a NUL in them, or are
/// not below the target's name; writing through a link that leads out; hard links to elsewhere; folders replaced by something else; devices and fifos; set-uid and set-gid bits of files, unless allowed;
/// more content or entries than allowed; an archive that is cut off, damaged, or followed by anything. A symbolic link may point anywhere.</para>
/// <para>Restored: content, holes, modes, modification times, hard links, extended attributes of users, and by root the owners (<see cref="ExtractionOptions.Owner"/>). What the file system
/// cannot store is reported once (<see cref="ExtractionOptions.OnWarning"/>) and left out; hard links become copies then. Memory does not depend on the archive. Linux only.</para>
/// </remarks>
/// <param name="options">Null for the defaults.</param>
public sealed class SoftwareExtractor(ExtractionOptions? options = null)
{
    private const int CompressedBlockBytes = 128 * 1024;
    private const int WaitingBlocks = 8;

    private readonly ExtractionOptions _options = options ?? new ExtractionOptions();

    /// <summary>Extracts an archive and lets it appear at the target.</summary>
    /// <inheritdoc cref="StageAsync" path="/param"/>
    /// <inheritdoc cref="StageAsync" path="/exception"/>
    public async Task<ExtractionSummary> ExtractAsync(
        Stream archive, string target, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
    {
        StagedSoftware staged = await StageAsync(archive, target, progress, cancellationToken).ConfigureAwait(false);
        await using (staged.ConfigureAwait(false))
        {
            await staged.PublishAsync(cancellationToken).ConfigureAwait(false);
            return staged.Summary;
        }
    }

    /// <summary>Extracts an archive beside the target, for a caller that verifies it before it is published.</summary>
    /// <param name="archive">The archive, read once from its present position to its end; it is not closed.</param>
    /// <param name="target">The folder that is to appear, such as <c>/opt/slapgrid/0cc175b9c0f1b6a831c399e269772661</c>; its name is the archive's top folder.</param>
    /// <param name="progress">Called from time to time, on the thread that does the work.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing on disk.</param>
    /// <exception cref="ArchiveException">The archive is refused, or cannot be written. Nothing is left on disk.</exception>
    /// <exception cref="IOException">The stream failed. Nothing is left on disk.</exception>
    public Task<StagedSoftware> StageAsync(
        Stream archive, string target, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("Software releases are extracted on Linux only.");
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        if (Path.GetFileName(path).Length == 0)
            throw new ArchiveException($"'{target}' is not a folder to extract to.");
        // Writing files blocks: not on the caller's thread.
        return Task.Run(() => StageCoreAsync(archive, path, progress, cancellationToken), cancellationToken);
    }

    private async Task<StagedSoftware> StageCoreAsync(
        Stream archive, string target, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
    {
        StagingFolder folder = StagingFolder.Create(target, _options.OnWarning);
        TreeBuilder? tree = null;
        try
        {
            tree = Begin(folder);
            await BuildAsync(archive, tree, progress, cancellationToken).ConfigureAwait(false);
            return new StagedSoftware(folder, tree, _options.FlushToDisk);
        }
        catch (Exception e)
        {
            tree?.Dispose();
            folder.Dispose();
            if (e is FileSystemException failure)
                throw failure.ToArchiveException("The archive cannot be extracted");
            throw;
        }
    }

    private TreeBuilder Begin(StagingFolder folder)
    {
        try
        {
            return new TreeBuilder(folder, _options);
        }
        catch (FileSystemException e)
        {
            throw e.ToArchiveException("Nothing can be extracted", isOfMachine: true);
        }
    }

    private async Task BuildAsync(Stream archive, TreeBuilder tree, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var compressed = new BlockPipe(CompressedBlockBytes, WaitingBlocks);
        var inflated = new BlockPipe(GzipReader.OutputBlockBytes, WaitingBlocks);
        var pump = new StreamPump(archive, compressed);
        // Receiving, inflating, creating files and filling them go on side by side.
        Task reading = Task.WhenAll(
            Task.Run(() => pump.RunAsync(stop.Token), CancellationToken.None),
            Task.Run(() => new GzipReader(compressed, inflated).RunAsync(stop.Token), CancellationToken.None));
        try
        {
            tree.Progressed = () => progress?.Report(new ArchiveProgress(pump.ReadBytes, tree.ContentBytes, tree.Entries));
            var writer = new FileWriter(inflated, tree.Metadata);
            await using (writer.ConfigureAwait(false))
            {
                var tar = new TarReader(inflated, _options.MaxEntries, stop.Token);
                while (await tar.ReadEntryAsync().ConfigureAwait(false) is { } entry)
                {
                    await tree.AddAsync(entry, tar, writer).ConfigureAwait(false);
                    cancellationToken.ThrowIfCancellationRequested();
                }

                await writer.CompleteAsync().ConfigureAwait(false);
            }

            tree.ChangeLate();
            tree.Proof?.Check();
            tree.Complete();
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>What an archive may do when it is extracted.</summary>
public sealed record ExtractionOptions
{
    /// <summary>The most bytes that the files may have together, holes counted; by default 64 GiB. Guards against archives that inflate without end.</summary>
    public long MaxContentBytes { get; init; } = 64L << 30;

    /// <summary>The most entries; by default 10 million.</summary>
    public long MaxEntries { get; init; } = 10_000_000;

    /// <summary>
    /// Whether set-uid and set-gid bits and capabilities of files are accepted and restored. By default an archive that has such bits is refused, and capabilities are left out with
    /// a warning. The set-gid bit of a folder, which passes its group on, is always restored.
    /// </summary>
    public bool AllowSetId { get; init; }

    /// <summary>
    /// The owner of everything. Null: root restores the owners by their names, where these are known on this machine, and otherwise gives the owner of the folder that the
    /// release is extracted into; other users own what they extract.
    /// </summary>
    public FileOwner? Owner { get; init; }

    /// <summary>The content of a file <c>.completed</c> that is added to the top folder, which slapgrid takes for its own mark of a release that needs no building; null for none.</summary>
    public string? CompletedMark { get; init; }

    /// <summary>Gets one line for each thing that cannot be restored or cleaned up. Called on any thread, one call at a time. Null: no warnings.</summary>
    public Action<string>? OnWarning { get; init; }

    /// <summary>Whether everything is on disk before the release appears, so that a power loss cannot leave it with empty files; by default yes.</summary>
    public bool FlushToDisk { get; init; } = true;

    /// <summary>What becomes of the files; null when they stay as they are.</summary>
    internal ITreeChanges? Changes { get; init; }

    /// <summary>Makes what decides whether the release may appear; null for nothing.</summary>
    internal Func<ITreeProof>? Proof { get; init; }
}

/// <summary>What came out of an archive.</summary>
/// <param name="ContentBytes">Bytes of files that were written, without the holes of sparse files.</param>
/// <param name="Entries">Files, links and folders.</param>
public sealed record ExtractionSummary(long ContentBytes, long Entries);
