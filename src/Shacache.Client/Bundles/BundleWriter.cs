using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;
using Shacache.Core.Blobs;
using Shacache.Posix;

namespace Shacache.Client.Bundles;

/// <summary>Writes the members of a bundle, several at the same time. What it is written into is a plain tar.</summary>
internal sealed class BundleWriter
{
    private const int PieceBytes = 256 * 1024;
    private const int GapBytes = 64 * 1024;

    private static readonly byte[] Zeros = new byte[TarField.BlockBytes];

    private readonly SafeFileHandle _file;
    private readonly TimeSpec _created;
    private readonly TarHeaderWriter _headers = new();
    private readonly Lock _lock = new();
    private readonly BundleRegion _firstSeal;
    private long _end;
    private int _unused;

    /// <param name="file">Empty.</param>
    /// <param name="created">The time of its members.</param>
    public BundleWriter(SafeFileHandle file, DateTimeOffset created)
    {
        _file = file;
        _created = TimeSpec.Create(created.ToUnixTimeSeconds(), 0);
        _firstSeal = Reserve("shacache-bundle", BundleLayout.SealBytes);
    }

    /// <summary>Reserves the room for a member. It is there only once it is completed.</summary>
    public BundleRegion Reserve(string name, long lengthBytes)
    {
        lock (_lock)
        {
            var region = new BundleRegion(HeaderOf(name, lengthBytes), _end, lengthBytes);
            _end = EndOf(region);
            return region;
        }
    }

    /// <summary>Writes a piece of a member's content.</summary>
    public ValueTask WriteAsync(BundleRegion region, long position, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        RandomAccess.WriteAsync(_file, bytes, region.Offset + position, cancellationToken);

    /// <summary>Writes what belongs around the content, which has been written.</summary>
    public async ValueTask CompleteAsync(BundleRegion region, CancellationToken cancellationToken)
    {
        await RandomAccess.WriteAsync(_file, region.Header, region.HeaderOffset, cancellationToken).ConfigureAwait(false);
        long end = region.Offset + region.LengthBytes;
        // A failed transfer may have written there before.
        await RandomAccess.WriteAsync(_file, Zeros.AsMemory(0, (int)(EndOf(region) - end)), end, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The room is not needed: the next member takes it, or it becomes a member that nothing refers to.</summary>
    public async ValueTask AbandonAsync(BundleRegion region)
    {
        ReadOnlyMemory<byte> header;
        lock (_lock)
        {
            if (EndOf(region) == _end)
            {
                _end = region.HeaderOffset;
                return;
            }

            // The same length, since the name of neither fits into a plain header.
            header = HeaderOf($"unused/{++_unused:D128}", region.LengthBytes);
        }

        await RandomAccess.WriteAsync(_file, header, region.HeaderOffset, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Adds a member whose content is in memory.</summary>
    /// <returns>Where its content is.</returns>
    public async ValueTask<BundleRegion> AddAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BundleRegion region = Reserve(name, content.Length);
        await WriteAsync(region, 0, content, cancellationToken).ConfigureAwait(false);
        await CompleteAsync(region, cancellationToken).ConfigureAwait(false);
        return region;
    }

    /// <summary>Adds a member whose content is in other files, in this order.</summary>
    /// <returns>Where it is, and the digest of all of it.</returns>
    public async ValueTask<(BundleRegion Region, Digest Digest)> AddAsync(string name, IReadOnlyList<BundleSlice> content, CancellationToken cancellationToken)
    {
        BundleRegion region = Reserve(name, content.Sum(slice => slice.Length));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        byte[] piece = new byte[PieceBytes];
        long position = 0;
        foreach (BundleSlice slice in content)
        {
            int read;
            while ((read = await slice.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0)
            {
                hash.AppendData(piece, 0, read);
                await WriteAsync(region, position, piece.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                position += read;
            }
        }

        await CompleteAsync(region, cancellationToken).ConfigureAwait(false);
        return (region, new Digest(hash.GetHashAndReset()));
    }

    /// <summary>Adds both copies of the index, then the seals, and ends the tar.</summary>
    /// <param name="index">The index, in one or several files.</param>
    /// <param name="sign">Signs its digest; null for no signature.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Length of the whole in bytes.</returns>
    public async Task<long> FinishAsync(
        IReadOnlyList<BundleSlice> index, Func<Digest, (string Signature, string Signer)?> sign, CancellationToken cancellationToken)
    {
        (BundleRegion first, Digest digest) = await AddAsync("index", index, cancellationToken).ConfigureAwait(false);
        // Apart from each other: a bad sector is not to damage both.
        await AddAsync("gap", new byte[GapBytes], cancellationToken).ConfigureAwait(false);
        (BundleRegion second, _) = await AddAsync("index.copy", [new BundleSlice(_file, first.Offset, first.LengthBytes)], cancellationToken).ConfigureAwait(false);
        BundleRegion lastSeal = Reserve("shacache-bundle.end", BundleLayout.SealBytes);
        long lengthBytes = EndOf(lastSeal) + BundleLayout.EndBytes;
        (string Signature, string Signer)? signature = sign(digest);
        byte[] seal = new BundleSeal(
            lengthBytes, first.Offset, second.Offset, first.LengthBytes, digest, signature?.Signer, signature?.Signature).ToBytes();
        foreach (BundleRegion region in (BundleRegion[])[_firstSeal, lastSeal])
        {
            await WriteAsync(region, 0, seal, cancellationToken).ConfigureAwait(false);
            await CompleteAsync(region, cancellationToken).ConfigureAwait(false);
        }

        RandomAccess.SetLength(_file, EndOf(lastSeal));
        RandomAccess.SetLength(_file, lengthBytes);
        return lengthBytes;
    }

    private static long EndOf(BundleRegion region) => TarField.RoundUp(region.Offset + region.LengthBytes);

    private byte[] HeaderOf(string name, long lengthBytes) =>
        _headers.Write(new TarEntryHeader(TarKind.Regular, Encoding.ASCII.GetBytes(name), default, ModeBits.PublicFile, lengthBytes, _created, TarOwner.None)).ToArray();
}

/// <summary>A stretch of a bundle that is being written, reserved for one member: its tar header, its content, and what fills the last block.</summary>
/// <param name="Header">The bytes of its header.</param>
/// <param name="HeaderOffset">Where they go.</param>
/// <param name="LengthBytes">Length of the content.</param>
internal sealed record BundleRegion(ReadOnlyMemory<byte> Header, long HeaderOffset, long LengthBytes)
{
    /// <summary>Where the content begins.</summary>
    public long Offset => HeaderOffset + Header.Length;
}
