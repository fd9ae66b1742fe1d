namespace Shacache.Client;

/// <summary>A file that appears under its name whole, or not at all.</summary>
internal sealed class AtomicFile : IAsyncDisposable
{
    private readonly string _target;
    private readonly string _staged;
    private bool _published;

    private AtomicFile(string target, string staged)
    {
        _target = target;
        _staged = staged;
        Stream = new FileStream(staged, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
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
        // In the same folder, as rename is atomic only within one file system.
        return new AtomicFile(path, Path.Combine(Path.GetDirectoryName(path)!, $".shacache-{Guid.NewGuid():N}.part"));
    }

    public void Publish()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(_staged, _target, overwrite: true);
        _published = true;
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync().ConfigureAwait(false);
        if (!_published)
            File.Delete(_staged);
    }
}
