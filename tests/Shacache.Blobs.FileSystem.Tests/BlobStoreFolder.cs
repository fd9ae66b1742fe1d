using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Blobs.FileSystem.Tests;

/// <summary>A data folder and the store over it.</summary>
internal sealed class BlobStoreFolder : IDisposable
{
    private readonly TemporaryFolder? _temporary;

    public BlobStoreFolder(bool unnamedStaging = true, string? path = null)
    {
        _temporary = path is null ? new TemporaryFolder() : null;
        Path = path ?? _temporary!.Path;
        Store = FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = Path, UnnamedStaging = unnamedStaging });
    }

    public string Path { get; }

    public FileSystemBlobStore Store { get; }

    public static string PathOf(string data, Digest digest)
    {
        string name = digest.ToString();
        return System.IO.Path.Join([data, "blobs", name[..2], name]);
    }

    public string PathOf(Digest digest) => PathOf(Path, digest);

    /// <summary>Puts a file where a blob would be, as a crash, an operator or a failing disk might.</summary>
    public void Plant(Digest digest, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(PathOf(digest))!);
        File.WriteAllBytes(PathOf(digest), content);
    }

    public async Task<byte[]?> ReadAsync(Digest digest, CancellationToken cancellationToken)
    {
        await using IBlob? blob = await Store.OpenAsync(digest, cancellationToken);
        if (blob is null)
            return null;
        byte[] content = new byte[blob.LengthBytes];
        for (int offset = 0; offset < content.Length;)
            offset += await blob.ReadAsync(offset, content.AsMemory(offset), cancellationToken);
        return content;
    }

    public async Task<List<BlobInfo>> ListAsync(CancellationToken cancellationToken)
    {
        var blobs = new List<BlobInfo>();
        await foreach (BlobInfo blob in Store.ListAsync(cancellationToken))
            blobs.Add(blob);
        return blobs;
    }

    public void Dispose()
    {
        Store.Dispose();
        _temporary?.Dispose();
    }
}
