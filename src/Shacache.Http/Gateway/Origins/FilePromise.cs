using System.Security.Cryptography;
using Shacache.Core.Blobs;
using Shacache.Core.Transfers;

namespace Shacache.Http.Gateway.Origins;

/// <summary>What an index says that a file is. The file is compared with it while it comes.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="Source">Who says so, for messages: the host of the index.</param>
internal sealed record FilePromise(FileHash Hash, string Source);

/// <summary>A hash of a file, by one of the algorithms that indexes use.</summary>
internal sealed record FileHash
{
    private static readonly (string Name, HashAlgorithmName Algorithm, int LengthBytes)[] Known =
    [
        ("sha512", HashAlgorithmName.SHA512, 64), ("sha384", HashAlgorithmName.SHA384, 48), ("sha256", HashAlgorithmName.SHA256, 32),
        ("sha1", HashAlgorithmName.SHA1, 20), ("md5", HashAlgorithmName.MD5, 16),
    ];

    private FileHash(string algorithm, string hex)
    {
        Algorithm = algorithm;
        Hex = hex;
    }

    /// <summary>Such as <c>sha256</c>.</summary>
    public string Algorithm { get; }

    /// <summary>Lower-case hexadecimal.</summary>
    public string Hex { get; }

    /// <summary>The name of the content when the hash is that; null when it is another.</summary>
    public Digest? Digest => Algorithm == "sha512" ? Core.Blobs.Digest.Parse(Hex) : null;

    /// <summary>Reads an algorithm's name and a value in hexadecimal.</summary>
    /// <returns>Null when the algorithm is not known here, or the value none of its.</returns>
    public static FileHash? Find(string algorithm, string hex)
    {
        string name = algorithm.ToLowerInvariant();
        int place = Array.FindIndex(Known, known => known.Name == name);
        return place >= 0 && hex.Length == 2 * Known[place].LengthBytes && hex.All(char.IsAsciiHexDigit) ? new FileHash(name, hex.ToLowerInvariant()) : null;
    }

    /// <summary>Reads <c>ALGORITHM-VALUE</c>, as <see cref="ToString"/> writes it.</summary>
    public static FileHash? Parse(string text) => text.IndexOf('-', StringComparison.Ordinal) is > 0 and int end ? Find(text[..end], text[(end + 1)..]) : null;

    /// <summary>Reads subresource integrity (https://www.w3.org/TR/SRI/): <c>sha512-BASE64</c>, several with spaces between, of which the strongest counts.</summary>
    /// <returns>Null when there is none that is known here.</returns>
    public static FileHash? ParseIntegrity(string text)
    {
        List<FileHash> found = [];
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string hash = word.Split('?')[0];
            int end = hash.IndexOf('-', StringComparison.Ordinal);
            byte[] value = new byte[hash.Length];
            if (end > 0 && Convert.TryFromBase64String(hash[(end + 1)..], value, out int length) && Find(hash[..end], Convert.ToHexStringLower(value.AsSpan(0, length))) is { } one)
                found.Add(one);
        }

        return Strongest(found);
    }

    /// <summary>The one that is hardest to forge; null of none.</summary>
    public static FileHash? Strongest(IEnumerable<FileHash> hashes) => hashes.MinBy(hash => Array.FindIndex(Known, known => known.Name == hash.Algorithm));

    /// <summary>Begins to compute one of an algorithm.</summary>
    public static IncrementalHash Begin(string algorithm) => IncrementalHash.CreateHash(Array.Find(Known, known => known.Name == algorithm).Algorithm);

    /// <summary>Begins to compute one of the same algorithm.</summary>
    public IncrementalHash Begin() => Begin(Algorithm);

    /// <summary>Whether bytes that were hashed by <see cref="Begin()"/> have this hash.</summary>
    public bool Is(IncrementalHash computed) => Convert.ToHexStringLower(computed.GetCurrentHash()) == Hex;

    public override string ToString() => $"{Algorithm}-{Hex}";
}

/// <summary>A file on its way that an index promised. Its end comes only when the promise was kept.</summary>
/// <remarks>Fails with a <see cref="GatewayException"/> in the place of the end.</remarks>
internal sealed class PromisedStream(Stream source, OriginUrl url, FilePromise promise) : ForwardStream
{
    private readonly IncrementalHash _hash = promise.Hash.Begin();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await source.ReadAsync(buffer, cancellationToken);
        _hash.AppendData(buffer.Span[..count]);
        if (count == 0 && !buffer.IsEmpty && !promise.Hash.Is(_hash))
            throw new GatewayException(GatewayProblems.PromiseBroken(url, promise.Source, promise.Hash.ToString(), $"{promise.Hash.Algorithm}-{Convert.ToHexStringLower(_hash.GetCurrentHash())}")) { IsBrokenPromise = true };
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }
}
