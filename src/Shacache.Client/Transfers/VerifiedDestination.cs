using System.Security.Cryptography;
using Shacache.Client.Checksums;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Client.Transfers;

/// <summary>Where a download goes, hashed on the way. When a transfer begins anew, a stream that can seek is rewound; for any other
/// the bytes that it has already are taken from the new transfer and dropped.</summary>
/// <param name="stream">The destination.</param>
/// <param name="checksums">What else is known of the content, if anything.</param>
internal sealed class VerifiedDestination(Stream stream, IReadOnlyList<Checksum>? checksums = null) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
    private readonly ChecksumTest[] _tests = [.. (checksums ?? []).Select(checksum => new ChecksumTest(checksum))];
    private readonly long _start = stream.CanSeek ? stream.Position : 0;
    private long _writtenBytes;
    private long _skipBytes;

    /// <summary>Whether wrong bytes can be taken back.</summary>
    public bool CanBeginAnew => stream.CanSeek || _writtenBytes == 0;

    /// <summary>Position in the content up to which it was received, in bytes.</summary>
    public long LengthBytes => _writtenBytes - _skipBytes;

    /// <summary>The next byte is the content's first.</summary>
    public void BeginAnew()
    {
        if (_writtenBytes == 0)
            return;
        if (!stream.CanSeek)
        {
            _skipBytes = _writtenBytes;
            return;
        }

        stream.SetLength(_start);
        stream.Position = _start;
        _writtenBytes = 0;
        _hash.GetHashAndReset();
        foreach (ChecksumTest test in _tests)
            test.BeginAnew();
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        int skipped = (int)Math.Min(_skipBytes, bytes.Length);
        _skipBytes -= skipped;
        ReadOnlyMemory<byte> fresh = bytes[skipped..];
        if (fresh.IsEmpty)
            return;
        _hash.AppendData(fresh.Span);
        foreach (ChecksumTest test in _tests)
            test.Append(fresh.Span);
        await stream.WriteAsync(fresh, cancellationToken).ConfigureAwait(false);
        _writtenBytes += fresh.Length;
    }

    /// <summary>The digest of everything since the last beginning.</summary>
    public async ValueTask<Digest> FinishAsync(CancellationToken cancellationToken)
    {
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        return new Digest(_hash.GetHashAndReset());
    }

    /// <summary>Whether what was written is a web page. Only of a stream that can seek and read; its position stays.</summary>
    public async ValueTask<bool> IsWebPageAsync(CancellationToken cancellationToken)
    {
        long end = stream.Position;
        stream.Position = _start;
        bool isPage = await WebPage.IsAsync(stream, null, cancellationToken).ConfigureAwait(false);
        stream.Position = end;
        return isPage;
    }

    /// <summary>The first checksum that everything since the last beginning does not have, and what it has; null when all are right.</summary>
    public (Checksum Expected, Checksum Actual)? FindWrongChecksum()
    {
        foreach (ChecksumTest test in _tests)
        {
            if (test.Finish() is { } actual && actual != test.Expected)
                return (test.Expected, actual);
        }

        return null;
    }

    public void Dispose()
    {
        _hash.Dispose();
        foreach (ChecksumTest test in _tests)
            test.Dispose();
    }
}
