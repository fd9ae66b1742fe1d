using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Servers;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Cases;

/// <summary>Random content, and the look whether a server has it.</summary>
internal static class Content
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Writes a file of random bytes.</summary>
    /// <returns>Its digest.</returns>
    public static Digest WriteRandomFile(string path, long lengthBytes, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        using FileStream file = File.Create(path);
        byte[] chunk = new byte[ChunkBytes];
        for (long written = 0; written < lengthBytes; written += chunk.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, lengthBytes - written));
            Random.Shared.NextBytes(part);
            file.Write(part);
            hash.AppendData(part);
        }

        return new Digest(hash.GetHashAndReset());
    }

    /// <summary>The digest of a file.</summary>
    public static Digest DigestOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return new Digest(SHA512.HashData(file));
    }

    /// <summary>Makes a file other content than it was: its first bytes become random ones.</summary>
    public static void Alter(string path)
    {
        using FileStream file = File.OpenWrite(path);
        file.Write(MemoryMarshal.AsBytes([Random.Shared.NextInt64()]));
    }

    /// <summary>Makes sure that a server gives the right bytes before it is measured how fast.</summary>
    public static async Task CheckAsync(HttpClient http, Uri server, Digest digest, CancellationToken cancellationToken)
    {
        await using Stream body = await http.GetStreamAsync(new Uri(server, ShacacheServer.BlobPath + digest), cancellationToken);
        var received = new Digest(await SHA512.HashDataAsync(body, cancellationToken));
        if (received != digest)
            throw new LoadException($"{server} served other bytes under {digest}");
    }
}
