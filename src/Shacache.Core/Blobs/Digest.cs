using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Shacache.Core.Blobs;

/// <summary>The SHA-512 of some content: 64 bytes, written as 128 hexadecimal digits. It is the content's only name.</summary>
/// <remarks>
/// A value type, so that it costs no allocation and cannot be null. Text becomes a digest only through
/// <see cref="TryParse(ReadOnlySpan{char}, out Digest)"/>; so a file name or an S3 key built from one is safe.
/// Upper-case and lower-case digits name the same digest; it is always written in lower case (docs/protocol.md, "Content").
/// </remarks>
public readonly struct Digest : IEquatable<Digest>, IComparable<Digest>
{
    /// <summary>Length of the binary form, in bytes.</summary>
    public const int LengthBytes = SHA512.HashSizeInBytes;

    /// <summary>Length of the text form, in hexadecimal digits.</summary>
    public const int HexLength = 2 * LengthBytes;

    private readonly Bytes _bytes;

    /// <summary>Takes over a digest that was computed elsewhere.</summary>
    /// <param name="bytes">Exactly <see cref="LengthBytes"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> has another length.</exception>
    public Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != LengthBytes)
            throw new ArgumentException($"A SHA-512 digest has {LengthBytes} bytes, not {bytes.Length}.", nameof(bytes));
        bytes.CopyTo(_bytes);
    }

    /// <summary>The digest of no bytes at all; the empty file is a legal object.</summary>
    public static Digest Empty { get; } = Compute([]);

    /// <summary>Computes the digest of bytes that are in memory anyway. Content is hashed while it streams instead.</summary>
    public static Digest Compute(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[LengthBytes];
        SHA512.HashData(content, hash);
        return new Digest(hash);
    }

    /// <summary>Reads 128 hexadecimal digits of either case, and nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Digest digest)
    {
        Span<byte> bytes = stackalloc byte[LengthBytes];
        if (text.Length == HexLength &&
            Convert.FromHexString(text, bytes, out _, out int written) == System.Buffers.OperationStatus.Done && written == LengthBytes)
        {
            digest = new Digest(bytes);
            return true;
        }

        digest = default;
        return false;
    }

    /// <summary>Reads 128 hexadecimal digits of either case in ASCII, and nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> asciiText, out Digest digest)
    {
        Span<byte> bytes = stackalloc byte[LengthBytes];
        if (asciiText.Length == HexLength &&
            Convert.FromHexString(asciiText, bytes, out _, out int written) == System.Buffers.OperationStatus.Done && written == LengthBytes)
        {
            digest = new Digest(bytes);
            return true;
        }

        digest = default;
        return false;
    }

    /// <summary>Reads 128 hexadecimal digits of either case.</summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static Digest Parse(string text) =>
        TryParse(text, out Digest digest) ? digest : throw new FormatException($"'{text}' is not a SHA-512 of {HexLength} hexadecimal digits.");

    /// <summary>The first byte of the binary form: tells ranges of digests apart.</summary>
    internal byte FirstByte => AsSpan()[0];

    /// <summary>Copies the binary form.</summary>
    /// <param name="destination">At least <see cref="LengthBytes"/> bytes.</param>
    public void CopyTo(Span<byte> destination) => AsSpan().CopyTo(destination);

    /// <summary>Writes the 128 lower-case digits as ASCII.</summary>
    /// <param name="asciiDestination">At least <see cref="HexLength"/> bytes.</param>
    public void FormatTo(Span<byte> asciiDestination)
    {
        if (!Convert.TryToHexStringLower(AsSpan(), asciiDestination, out _))
            throw new ArgumentException($"{HexLength} bytes are needed.", nameof(asciiDestination));
    }

    /// <summary>The 128 lower-case digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(AsSpan());

    /// <inheritdoc/>
    public bool Equals(Digest other) => AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Digest other && Equals(other);

    /// <summary>The first bytes serve as they are: a cryptographic hash is uniformly distributed.</summary>
    public override int GetHashCode() => MemoryMarshal.Read<int>(AsSpan());

    /// <inheritdoc/>
    public int CompareTo(Digest other) => AsSpan().SequenceCompareTo(other.AsSpan());

    /// <summary>Whether both name the same content.</summary>
    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    /// <summary>Whether they name different content.</summary>
    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);

    /// <summary>Whether <paramref name="left"/> sorts before <paramref name="right"/>, byte by byte.</summary>
    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> sorts after <paramref name="right"/>, byte by byte.</summary>
    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not sort after <paramref name="right"/>, byte by byte.</summary>
    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not sort before <paramref name="right"/>, byte by byte.</summary>
    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;

    [UnscopedRef]
    private ReadOnlySpan<byte> AsSpan() => _bytes;

    [InlineArray(LengthBytes)]
    private struct Bytes
    {
        private byte _first;
    }
}
