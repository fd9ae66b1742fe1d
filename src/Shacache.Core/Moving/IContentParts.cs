using Shacache.Core.Blobs;

namespace Shacache.Core.Moving;

/// <summary>A listing of content in 256 parts, by the first byte of the digest: two stores are compared part by part, with one in memory.</summary>
public interface IContentParts
{
    /// <summary>How many parts there are.</summary>
    const int Count = 256;

    /// <summary>Walks over the blobs of a part, in no particular order.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    IAsyncEnumerable<BlobInfo> ListPartAsync(byte part, CancellationToken cancellationToken);
}

/// <summary>Content that is copied elsewhere, while it is in use. Nothing of it is changed, and nothing is compared with its digest.</summary>
public interface IContentSource : IContentParts
{
    /// <summary>Opens a blob, to be read once.</summary>
    /// <returns>Null when it is not there, or not any more.</returns>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<Stream?> OpenAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Whether a blob is there.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<bool> HasAsync(Digest digest, CancellationToken cancellationToken);
}

/// <summary>A store that content is copied to.</summary>
public interface IContentTarget : IBlobStore, IContentParts;
