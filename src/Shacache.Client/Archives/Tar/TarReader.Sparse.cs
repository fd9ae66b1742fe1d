using System.Text;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;

namespace Shacache.Client.Archives.Tar;

/// <content>The four forms in which GNU tar has written sparse files (GNU tar manual, "Storing Sparse Files").</content>
internal sealed partial class TarReader
{
    private const int MaxExtents = 1_000_000;
    private const int MaxDigits = 20;
    private static readonly Range OldMap = 386..482;
    private static readonly Range OldRealSize = 483..495;
    private const int OldIsExtended = 482;
    private const int ExtendedIsExtended = 504;

    /// <summary>Reads the map of a sparse file, if it is one.</summary>
    /// <returns>The length of the file with its holes, and where its data go.</returns>
    private async ValueTask<(long SizeBytes, IReadOnlyList<SparseExtent>? Extents)> ReadSparseAsync(byte kind, PaxRecords pax, byte[] name)
    {
        IReadOnlyList<SparseExtent>? extents;
        long? size;
        if (kind == TarKind.GnuSparse)
        {
            size = Number(OldRealSize, "length of a sparse file");
            extents = await ReadOldMapAsync().ConfigureAwait(false);
        }
        else if (pax.FindNumber("GNU.sparse.major") is { } major)
        {
            if ((major, pax.FindNumber("GNU.sparse.minor")) is not (1, 0))
                throw new ArchiveException($"The sparse file '{FileName.ToDisplay(name)}' in the archive has an unknown form.");
            size = pax.FindNumber("GNU.sparse.realsize");
            extents = await ReadStoredMapAsync().ConfigureAwait(false);
        }
        else
        {
            size = pax.FindNumber("GNU.sparse.size");
            extents = pax.Find("GNU.sparse.map") is { } map ? ParsePairs(Encoding.ASCII.GetString(map).Split(',')) : pax.RepeatedExtents;
        }

        if (extents is null)
            return (_contentLeft, null);
        CheckExtents(extents, size, name);
        return (size!.Value, extents);
    }

    private async ValueTask<IReadOnlyList<SparseExtent>> ReadOldMapAsync()
    {
        var extents = new List<SparseExtent>();
        AddOldExtents(extents, _block.AsSpan(OldMap));
        bool isExtended = _block[OldIsExtended] != 0;
        while (isExtended)
        {
            await ReadExactlyAsync(_block).ConfigureAwait(false);
            AddOldExtents(extents, _block.AsSpan(0, ExtendedIsExtended));
            isExtended = _block[ExtendedIsExtended] != 0;
        }

        return extents;
    }

    private static void AddOldExtents(List<SparseExtent> extents, ReadOnlySpan<byte> map)
    {
        for (; map.Length >= 24; map = map[24..])
        {
            if (map[0] == 0)
                return;
            if (extents.Count == MaxExtents || !TarNumber.TryParse(map[..12], out long offset) || !TarNumber.TryParse(map[12..24], out long length))
                throw new ArchiveException("A sparse map of the archive is malformed or too long.");
            extents.Add(new SparseExtent(offset, length));
        }
    }

    /// <summary>Form 1.0: the map precedes the data, as lines of decimal numbers filled up to whole blocks.</summary>
    private async ValueTask<IReadOnlyList<SparseExtent>> ReadStoredMapAsync()
    {
        var numbers = new List<long>();
        long expected = 1;
        var line = new StringBuilder();
        while (numbers.Count < expected)
        {
            if (_contentLeft < TarField.BlockBytes)
                throw new ArchiveException("A sparse map of the archive is cut off.");
            await ReadExactlyAsync(_block).ConfigureAwait(false);
            _contentLeft -= TarField.BlockBytes;
            for (int i = 0; i < _block.Length && numbers.Count < expected; i++)
            {
                if (_block[i] != '\n')
                {
                    if (line.Length == MaxDigits)
                        throw new ArchiveException("A sparse map of the archive is malformed.");
                    line.Append((char)_block[i]);
                    continue;
                }

                numbers.Add(SparseExtent.ParseNumber(line.ToString()));
                line.Clear();
                if (numbers.Count == 1 && numbers[0] > MaxExtents)
                    throw new ArchiveException($"A sparse map of the archive has {numbers[0]} parts; at most {MaxExtents} are accepted.");
                expected = 1 + (2 * numbers[0]);
            }
        }

        return Pair(numbers.Skip(1));
    }

    private static List<SparseExtent> ParsePairs(string[] numbers) => Pair(numbers.Select(SparseExtent.ParseNumber));

    private static List<SparseExtent> Pair(IEnumerable<long> numbers) =>
    [
        .. numbers.Chunk(2).Select(pair => pair is [long offset, long length]
            ? new SparseExtent(offset, length)
            : throw new ArchiveException("A sparse map of the archive is malformed.")),
    ];

    /// <summary>The parts are in ascending order, do not overlap, and together have the stored length.</summary>
    private void CheckExtents(IReadOnlyList<SparseExtent> extents, long? sizeBytes, byte[] name)
    {
        long position = 0, total = 0;
        foreach ((long offset, long length) in extents)
        {
            if (length < 0 || offset < position || offset > sizeBytes || length > sizeBytes - offset)
                throw new ArchiveException($"The sparse map of '{FileName.ToDisplay(name)}' in the archive is wrong.");
            position = offset + length;
            total += length;
        }

        if (sizeBytes is null or < 0 || total != _contentLeft)
            throw new ArchiveException($"The sparse map of '{FileName.ToDisplay(name)}' in the archive does not fit its data.");
    }
}
