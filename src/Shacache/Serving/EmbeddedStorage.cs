using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Cli.Serving;

/// <summary>The stores in a data folder: content on the file system, entries in SQLite.</summary>
internal sealed class EmbeddedStorage : IAsyncDisposable
{
    public required IBlobStore Blobs { get; init; }

    public required IEntryStore Entries { get; init; }

    public static ValueTask<EmbeddedStorage> OpenAsync(string dataFolder, long memoryCacheBytes, CancellationToken cancellationToken) =>
        throw new CommandFailedException(ExitCode.Error, "no storage yet");

    public ValueTask DisposeAsync() => default;
}
