using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Shacache.Client.Archives.Tar;
using Shacache.Client.Errors;
using Shacache.Core.Blobs;

namespace Shacache.Client.Bundles;

/// <summary>Where the two copies of the index are, their digest, and its signature. A bundle begins and ends with one.</summary>
/// <param name="LengthBytes">Length of the whole file.</param>
/// <param name="IndexOffset">Where the first copy of the index begins.</param>
/// <param name="IndexCopyOffset">Where the second begins.</param>
/// <param name="IndexLengthBytes">Length of each.</param>
/// <param name="IndexDigest">SHA-512 of each.</param>
/// <param name="Signer">SHA-256 of the certificate that belongs to the signature; null when there is none. A hint for people.</param>
/// <param name="Signature">RSA, PKCS#1 v1.5, SHA-512, over the index, in base64; null when it is not signed.</param>
internal sealed record BundleSeal(
    long LengthBytes, long IndexOffset, long IndexCopyOffset, long IndexLengthBytes, Digest IndexDigest, string? Signer, string? Signature)
{
    private const string Magic = "shacache-bundle ";
    private const string Version = "1";
    private const string None = "-";

    /// <summary>The digest of all before it, in hexadecimal, and a line feed end the seal.</summary>
    private const int CheckBytes = Digest.HexLength + 1;

    private const int TextBytes = BundleLayout.SealBytes - CheckBytes;

    /// <summary>Writes the seal.</summary>
    /// <exception cref="BundleException">The signature is too long for it: the key has more than some 20,000 bits.</exception>
    public byte[] ToBytes()
    {
        string text =
            $"{Magic}{Version}\nlength {LengthBytes}\nindex {IndexOffset} {IndexCopyOffset} {IndexLengthBytes}\n" +
            $"index-sha512 {IndexDigest}\nsigner {Signer ?? None}\nsignature {Signature ?? None}\n";
        if (text.Length > TextBytes)
            throw new BundleException("The signature is too long for a bundle: sign with a shorter key.");
        byte[] bytes = new byte[BundleLayout.SealBytes];
        bytes.AsSpan().Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, bytes);
        Digest.Compute(bytes.AsSpan(0, TextBytes)).FormatTo(bytes.AsSpan(TextBytes, Digest.HexLength));
        bytes[^1] = (byte)'\n';
        return bytes;
    }

    /// <summary>Reads a seal.</summary>
    /// <param name="bytes">As many as a seal has.</param>
    /// <param name="seal">The seal.</param>
    /// <param name="problem">In a few words why it is invalid.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out BundleSeal? seal, [NotNullWhen(false)] out string? problem)
    {
        seal = null;
        problem = "it is damaged";
        Span<byte> check = stackalloc byte[Digest.HexLength];
        Digest.Compute(bytes[..TextBytes]).FormatTo(check);
        if (bytes[^1] != '\n' || !check.SequenceEqual(bytes.Slice(TextBytes, Digest.HexLength)))
            return false;
        string[] lines = Encoding.ASCII.GetString(bytes[..TextBytes]).TrimEnd(' ').Split('\n');
        if (lines[0].StartsWith(Magic, StringComparison.Ordinal) && lines[0] != Magic + Version)
        {
            problem = $"its version is {OneLine.Of(lines[0][Magic.Length..])}, which only a newer program reads";
            return false;
        }

        problem = "it is malformed";
        if (lines.Length != 7 || lines[0] != Magic + Version || lines[6].Length > 0 ||
            Values(lines[1], "length", 1) is not { } length || !TryParseNumber(length[0], out long lengthBytes) ||
            Values(lines[2], "index", 3) is not { } index || !TryParseNumber(index[0], out long offset) ||
            !TryParseNumber(index[1], out long copyOffset) || !TryParseNumber(index[2], out long indexBytes) ||
            Values(lines[3], "index-sha512", 1) is not { } digestText || !Digest.TryParse(digestText[0], out Digest digest) ||
            Values(lines[4], "signer", 1) is not { } signer || Values(lines[5], "signature", 1) is not { } signature)
        {
            return false;
        }

        seal = new BundleSeal(lengthBytes, offset, copyOffset, indexBytes, digest, OrNone(signer[0]), OrNone(signature[0]));
        return true;
    }

    /// <summary>A number in decimal digits alone, without sign and leading zeros, that a file may have as an offset.</summary>
    internal static bool TryParseNumber(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && (text[0] != '0' || text.Length == 1);

    private static string[]? Values(string line, string name, int count)
    {
        string[] words = line.Split(' ');
        return words.Length == count + 1 && words[0] == name ? words[1..] : null;
    }

    private static string? OrNone(string text) => text == None ? null : text;
}

/// <summary>Where things are in a bundle, and how large they may be (docs/bundle-format.md).</summary>
internal static class BundleLayout
{
    /// <summary>Length of a seal.</summary>
    public const int SealBytes = 4096;

    /// <summary>Where the first seal begins: after its tar header.</summary>
    public const int FirstSealOffset = TarField.BlockBytes;

    /// <summary>Two blocks of zeros end a tar.</summary>
    public const int EndBytes = 2 * TarField.BlockBytes;

    /// <summary>The longest index that is read.</summary>
    public const long MaxIndexBytes = 8L * 1024 * 1024 * 1024;

    /// <summary>The most contents; each takes some 90 bytes of memory when the bundle is read.</summary>
    public const int MaxContents = 16 * 1024 * 1024;

    /// <summary>The most entries; each takes a byte or two of memory when the bundle is read.</summary>
    public const int MaxEntries = 64 * 1024 * 1024;

    /// <summary>The longest entry, as a JSON array of two texts. Servers accept 1 MiB by default.</summary>
    public const int MaxEntryBytes = 16 * 1024 * 1024;

    /// <summary>The longest line of an index: a key may have 1,024 bytes, each written as three characters.</summary>
    public const int MaxLineBytes = 4096;

    /// <summary>Where the last seal begins in a file of a length.</summary>
    public static long LastSealOffset(long lengthBytes) => lengthBytes - EndBytes - SealBytes;
}
