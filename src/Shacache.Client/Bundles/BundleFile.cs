using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Errors;
using Shacache.Core.Blobs;
using Shacache.Core.Signing;

namespace Shacache.Client.Bundles;

/// <summary>A bundle that is open for reading, its index verified. Nothing else of it is verified yet.</summary>
internal sealed class BundleFile : IDisposable
{
    private const int PieceBytes = 256 * 1024;

    private readonly string _path;
    private readonly List<string> _damages = [];

    private BundleFile(string path, SafeFileHandle handle)
    {
        _path = path;
        Handle = handle;
        LengthBytes = RandomAccess.GetLength(handle);
    }

    public SafeFileHandle Handle { get; }

    public long LengthBytes { get; }

    public BundleSeal Seal { get; private set; } = null!;

    public BundleIndex Index { get; private set; } = null!;

    /// <summary>One line for each part that there are two of, and of which one is damaged.</summary>
    public IReadOnlyList<string> Damages => _damages;

    /// <summary>Opens a bundle and reads its index.</summary>
    /// <exception cref="BundleException">It is not a bundle, or no copy of its index is whole.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static BundleFile Open(string path, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path))
            throw new IOException($"{path} is a folder, not a bundle.");
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            var bundle = new BundleFile(path, handle);
            bundle.ReadIndex(bundle.ReadSeals(), cancellationToken);
            return bundle;
        }
        catch (NotSupportedException e)
        {
            handle.Dispose();
            throw new BundleException($"{path} is a pipe or a device: a bundle is read from a file.", e);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The trusted key that signed the index; null when none did.</summary>
    public TrustedKey? FindSigner(TrustedKeys trusted)
    {
        if (Seal.Signature is null)
            return null;
        byte[] signature = new byte[Seal.Signature.Length];
        return Convert.TryFromBase64String(Seal.Signature, signature, out int length)
            ? trusted.Keys.FirstOrDefault(key => key.VerifyDigest(Seal.IndexDigest, signature.AsSpan(0, length)))
            : null;
    }

    /// <summary>The digest of a stretch of the file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public Digest HashOf(long offset, long lengthBytes, Action<int>? read, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        using var slice = new BundleSlice(Handle, offset, lengthBytes);
        byte[] piece = System.Buffers.ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int count;
            while ((count = slice.Read(piece.AsSpan(0, PieceBytes))) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(piece, 0, count);
                read?.Invoke(count);
            }

            return new Digest(hash.GetHashAndReset());
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>The bytes of an entry.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    public byte[] ReadBytes(long offset, int lengthBytes)
    {
        byte[] bytes = new byte[lengthBytes];
        using var slice = new BundleSlice(Handle, offset, lengthBytes);
        slice.ReadExactly(bytes);
        return bytes;
    }

    public void Dispose() => Handle.Dispose();

    private List<BundleSeal> ReadSeals()
    {
        List<BundleSeal> seals = [];
        string firstProblem = ReadSeal(BundleLayout.FirstSealOffset, seals);
        long lengthBytes = seals.Count > 0 ? seals[0].LengthBytes : LengthBytes;
        string lastProblem = ReadSeal(BundleLayout.LastSealOffset(lengthBytes), seals);
        if (seals.Count == 0)
            throw new BundleException($"{_path} is not a bundle, or both of its seals are damaged: at its beginning {firstProblem}; at its end {lastProblem}.");
        if (lengthBytes > LengthBytes)
            _damages.Add($"the file is cut off: it has {LengthBytes} of {lengthBytes} bytes");
        else if (lengthBytes < LengthBytes)
            _damages.Add($"the file continues after the end of the bundle: {LengthBytes - lengthBytes} bytes are ignored");
        if (firstProblem.Length > 0)
            _damages.Add($"the seal at the beginning of the file is not used: {firstProblem}");
        if (lastProblem.Length > 0)
            _damages.Add($"the seal at the end of the file is not used: {lastProblem}");
        if (seals.Distinct().Count() > 1)
            _damages.Add("the two seals contradict each other");
        return seals;
    }

    /// <returns>What is wrong with it; empty when nothing is.</returns>
    private string ReadSeal(long offset, List<BundleSeal> seals)
    {
        if (offset < BundleLayout.FirstSealOffset || offset + BundleLayout.SealBytes > LengthBytes)
            return "it is not there";
        try
        {
            if (!BundleSeal.TryParse(ReadBytes(offset, BundleLayout.SealBytes), out BundleSeal? seal, out string? problem))
                return problem;
            seals.Add(seal);
            return "";
        }
        catch (IOException e)
        {
            return $"it cannot be read ({OneLine.Of(e)})";
        }
    }

    private void ReadIndex(List<BundleSeal> seals, CancellationToken cancellationToken)
    {
        foreach (BundleSeal seal in seals.Distinct())
        {
            string first = FindProblem(seal, seal.IndexOffset, cancellationToken);
            string second = FindProblem(seal, seal.IndexCopyOffset, cancellationToken);
            if (first.Length > 0)
                _damages.Add($"the first copy of the index, at byte {seal.IndexOffset}, {first}");
            if (second.Length > 0)
                _damages.Add($"the second copy of the index, at byte {seal.IndexCopyOffset}, {second}");
            if (first.Length > 0 && second.Length > 0)
                continue;
            Seal = seal;
            try
            {
                Index = BundleIndex.Read(Handle, LengthBytes, first.Length == 0 ? seal.IndexOffset : seal.IndexCopyOffset, seal.IndexLengthBytes, seal.IndexDigest);
                return;
            }
            catch (FormatException e)
            {
                throw new BundleException($"{_path}: the index is malformed: {OneLine.Of(e)}. Nothing of it is used.", e);
            }
        }

        throw new BundleException($"{_path} cannot be used: {string.Join("; ", _damages)}. Copy it again from its source.");
    }

    private string FindProblem(BundleSeal seal, long offset, CancellationToken cancellationToken)
    {
        if (seal.IndexLengthBytes > BundleLayout.MaxIndexBytes)
            return $"is longer than the {BundleLayout.MaxIndexBytes} bytes that are accepted";
        if (seal.IndexLengthBytes > LengthBytes || offset > LengthBytes - seal.IndexLengthBytes)
            return "is not within the file";
        try
        {
            return HashOf(offset, seal.IndexLengthBytes, null, cancellationToken) == seal.IndexDigest ? "" : "is damaged";
        }
        catch (IOException e)
        {
            return $"cannot be read ({OneLine.Of(e)})";
        }
    }
}
