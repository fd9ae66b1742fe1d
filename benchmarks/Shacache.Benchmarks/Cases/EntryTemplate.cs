using System.Text;
using System.Text.Json;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Servers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Benchmarks.Cases;

/// <summary>Entries as a download cache makes them, about 900 bytes each with the signature of a 3,072-bit key.</summary>
/// <remarks>The signatures are random bytes: a server does not verify them unless told to.</remarks>
internal sealed class EntryTemplate
{
    private const int SignatureBytes = 3072 / 8;

    private readonly string _signature;

    public EntryTemplate()
    {
        byte[] signature = new byte[SignatureBytes];
        Random.Shared.NextBytes(signature);
        _signature = Convert.ToBase64String(signature);
    }

    public static string Key(string stamp) => $"file-urlmd5:bench{stamp}";

    /// <summary>The entry under that stamp's key.</summary>
    public SignedEntry Entry(string stamp) =>
        SignedEntry.TryCreate(Information(stamp), _signature, out SignedEntry? entry, out string? problem)
            ? entry
            : throw new InvalidOperationException(problem);

    /// <summary>The entry under that stamp's key, as the body of a PUT.</summary>
    public byte[] Body(string stamp) => JsonSerializer.SerializeToUtf8Bytes((string[])[Information(stamp), _signature]);

    /// <summary>A PUT of an entry whose stamp is still open.</summary>
    public byte[] PutTemplate()
    {
        byte[] body = Body(StampedRequests.Slot);
        return [.. RequestHead.Upload("PUT", ShacacheServer.EntryPath + Key(StampedRequests.Slot), body.Length, close: false), .. body];
    }

    private static string Information(string stamp)
    {
        var digest = Digest.Compute(Encoding.ASCII.GetBytes("fixed"));
        string url = $"https://files.example.org/packages/source/l/library/library-{stamp}.tar.gz";
        return $$"""{"file_name": "library-{{stamp}}.tar.gz", "sha512": "{{digest}}", "url": "{{url}}", "urlmd5": "0123456789abcdef{{stamp}}"}""";
    }
}
