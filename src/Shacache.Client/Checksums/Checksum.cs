using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using Shacache.Client.Errors;
using Shacache.Core.Entries;

namespace Shacache.Client.Checksums;

/// <summary>A checksum that a file must have, as its publisher gives it.</summary>
public sealed record Checksum
{
    private static readonly int[] HexLengths = [MD5.HashSizeInBytes * 2, SHA1.HashSizeInBytes * 2, SHA256.HashSizeInBytes * 2, SHA512.HashSizeInBytes * 2];

    private Checksum(ChecksumAlgorithm algorithm, string hex)
    {
        Algorithm = algorithm;
        Hex = hex;
    }

    /// <summary>What it is computed with.</summary>
    public ChecksumAlgorithm Algorithm { get; }

    /// <summary>The checksum in lower-case hexadecimal digits.</summary>
    public string Hex { get; }

    /// <summary>The name of the algorithm as options and lists have it, such as <c>sha256</c>.</summary>
    public string Name => Algorithm.ToString().ToLowerInvariant();

    /// <summary>The same, as .NET calls it.</summary>
    internal HashAlgorithmName HashName => new(Algorithm.ToString().ToUpperInvariant());

    /// <summary>Reads the hexadecimal digits of a checksum, in either case.</summary>
    /// <param name="algorithm">What it is computed with.</param>
    /// <param name="hex">The digits; white space around them is dropped.</param>
    /// <param name="checksum">What was read.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryParse(
        ChecksumAlgorithm algorithm, string hex, [NotNullWhen(true)] out Checksum? checksum, [NotNullWhen(false)] out string? problem)
    {
        string digits = hex.Trim().ToLowerInvariant();
        int length = HexLengths[(int)algorithm];
        bool valid = digits.Length == length && digits.All(char.IsAsciiHexDigitLower);
        checksum = valid ? new Checksum(algorithm, digits) : null;
        problem = valid ? null : $"'{OneLine.Of(hex)}' is not {algorithm.ToString().ToUpperInvariant()}: that has {length} hexadecimal digits";
        return valid;
    }

    /// <summary>Reads the hexadecimal digits of a checksum, in either case.</summary>
    /// <exception cref="FormatException">It is not such a checksum.</exception>
    public static Checksum Parse(ChecksumAlgorithm algorithm, string hex) =>
        TryParse(algorithm, hex, out Checksum? checksum, out string? problem) ? checksum : throw new FormatException($"{problem}.");

    /// <summary>Such as <c>sha256:e3b0…</c>.</summary>
    public override string ToString() => $"{Name}:{Hex}";

    /// <summary>The checksum that an entry states for its content, if it differs from this one; null when it states this one, or none.</summary>
    /// <remarks>The members of the algorithms' names, and <c>md5sum</c> and the like, in the form that such a checksum has.</remarks>
    internal Checksum? FindOther(SignedEntry entry)
    {
        if (Algorithm == ChecksumAlgorithm.Sha512)
            return entry.Digest.ToString() == Hex ? null : new Checksum(Algorithm, entry.Digest.ToString());
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        Checksum? other = null;
        foreach (string member in (string[])[Name, $"{Name}sum"])
        {
            if (!information.RootElement.TryGetProperty(member, out JsonElement value) || value.ValueKind != JsonValueKind.String ||
                !TryParse(Algorithm, value.GetString()!, out Checksum? named, out _))
            {
                continue;
            }

            if (named == this)
                return null;
            other = named;
        }

        return other;
    }

    /// <summary>The checksum of bytes that were hashed elsewhere.</summary>
    internal static Checksum Of(ChecksumAlgorithm algorithm, ReadOnlySpan<byte> hash) => new(algorithm, Convert.ToHexStringLower(hash));
}

/// <summary>What a checksum is computed with. MD5 and SHA-1 detect damage, but not manipulation.</summary>
public enum ChecksumAlgorithm
{
    /// <summary>32 hexadecimal digits.</summary>
    Md5,

    /// <summary>40 hexadecimal digits.</summary>
    Sha1,

    /// <summary>64 hexadecimal digits.</summary>
    Sha256,

    /// <summary>128 hexadecimal digits.</summary>
    Sha512,
}

/// <summary>Computes the checksum of a stream of bytes, to compare it with the expected one.</summary>
internal sealed class ChecksumTest(Checksum expected) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(expected.HashName);

    public Checksum Expected => expected;

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    public void BeginAnew() => _hash.GetHashAndReset();

    /// <summary>The checksum of everything since the last beginning; the next byte is the first again.</summary>
    public Checksum Finish() => Checksum.Of(expected.Algorithm, _hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}

/// <summary>The origin sent other content than was requested: nothing was written, and nothing was uploaded to the cache.</summary>
/// <param name="message">One line: what came from where, and what it should be.</param>
/// <param name="expected">The checksum that was asked for.</param>
/// <param name="actual">The checksum of what came.</param>
public sealed class ChecksumMismatchException(string message, Checksum expected, Checksum actual) : NetworkCacheException(message)
{
    /// <summary>The checksum that was asked for.</summary>
    public Checksum Expected { get; } = expected;

    /// <summary>The checksum of what came.</summary>
    public Checksum Actual { get; } = actual;
}
