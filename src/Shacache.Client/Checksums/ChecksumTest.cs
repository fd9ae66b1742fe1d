using System.Security.Cryptography;

namespace Shacache.Client.Checksums;

/// <summary>Computes the checksum of what passes by, to compare it with the one that is expected.</summary>
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
