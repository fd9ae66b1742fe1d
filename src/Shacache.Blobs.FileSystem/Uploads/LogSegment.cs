using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Shacache.Blobs.FileSystem.Files;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem.Uploads;

/// <summary>One of the files that <see cref="UploadLog"/> writes in turn: records one after the other, of one generation. Calls block.</summary>
/// <remarks>
/// A record is a head (generation, length, digest) and the content. The digest tells whether the content is whole, the generation whether
/// the record belongs to the present use of the file or is left from an earlier one: reading ends at the first that is not right.
/// </remarks>
internal sealed class LogSegment : IDisposable
{
    /// <summary>Length of the head of a record.</summary>
    public const int HeadBytes = 16 + Digest.LengthBytes;

    /// <summary>A segment takes no more than this; it bounds the work of a start after a crash.</summary>
    private const long MaxBytes = 16 << 20;

    // Room is made in such steps: a flush that need not record a new length is one write to the disk.
    private static readonly byte[] Zeros = new byte[1 << 20];

    private readonly string _path;
    private SafeFileHandle? _file;
    private long _generation = NewGeneration();
    private long _endBytes;
    private long _allocatedBytes;

    /// <param name="path">Need not exist: the file is made by the first record.</param>
    public LogSegment(string path)
    {
        _path = path;
        if (!File.Exists(path))
            return;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _allocatedBytes = RandomAccess.GetLength(_file);
    }

    /// <summary>Null as long as nothing was ever written.</summary>
    public SafeFileHandle? Handle => _file;

    public bool HasRoom(long lengthBytes) => _endBytes == 0 || _endBytes + lengthBytes <= MaxBytes;

    /// <summary>Writes the head of a record of this segment.</summary>
    public void WriteHead(Span<byte> head, Digest digest, int lengthBytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(head, _generation);
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], lengthBytes);
        digest.CopyTo(head[16..]);
    }

    /// <summary>Writes records after the last. They count once <see cref="Flush"/> has returned.</summary>
    /// <param name="records">Heads and contents in turn.</param>
    /// <param name="lengthBytes">The sum of their lengths.</param>
    /// <exception cref="IOException">They may be in the file or not; the next ones take their place.</exception>
    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> records, long lengthBytes)
    {
        SafeFileHandle file = _file ??= Create();
        if (_endBytes + lengthBytes > _allocatedBytes)
        {
            long wanted = _endBytes + lengthBytes + Zeros.Length;
            for (; _allocatedBytes < wanted; _allocatedBytes += Zeros.Length)
                RandomAccess.Write(file, Zeros, _allocatedBytes);
        }

        RandomAccess.Write(file, records, _endBytes);
    }

    /// <summary>Returns when the records that were written last survive a loss of power.</summary>
    /// <param name="lengthBytes">The sum of their lengths.</param>
    /// <exception cref="IOException">They may not survive, and what of the file does is unknown.</exception>
    public void Flush(long lengthBytes)
    {
        Disk.FlushFile(_file!, _path);
        _endBytes += lengthBytes;
    }

    /// <summary>Starts again, after what the records say has become durable otherwise.</summary>
    public void Restart()
    {
        _generation = NewGeneration();
        _endBytes = 0;
    }

    /// <summary>The same, and nothing is found in the file from now on.</summary>
    public void Clear()
    {
        if (_file is null)
            return;
        RandomAccess.Write(_file, Zeros.AsSpan(0, HeadBytes), 0);
        Disk.FlushFile(_file, _path);
        Restart();
    }

    /// <summary>Reads the records that are whole.</summary>
    public IEnumerable<(Digest Digest, byte[] Content)> ReadAll()
    {
        if (_file is null)
            yield break;
        byte[] head = new byte[HeadBytes];
        long generation = 0;
        for (long offset = 0; RandomAccess.Read(_file, head, offset) == HeadBytes; offset += HeadBytes)
        {
            long ownGeneration = BinaryPrimitives.ReadInt64LittleEndian(head);
            long lengthBytes = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(8));
            generation = offset == 0 ? ownGeneration : generation;
            if (generation == 0 || ownGeneration != generation || lengthBytes is < 1 or > UploadLog.MaxContentBytes)
                yield break;
            byte[] content = new byte[lengthBytes];
            var digest = new Digest(head.AsSpan(16));
            if (RandomAccess.Read(_file, content, offset + HeadBytes) != content.Length || Digest.Compute(content) != digest)
                yield break;
            yield return (digest, content);
            offset += lengthBytes;
        }
    }

    public void Dispose() => _file?.Dispose();

    private static long NewGeneration() => Random.Shared.NextInt64(1, long.MaxValue);

    private SafeFileHandle Create()
    {
        SafeFileHandle file = File.OpenHandle(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        Disk.FlushFolder(Path.GetDirectoryName(_path)!);
        return file;
    }
}
