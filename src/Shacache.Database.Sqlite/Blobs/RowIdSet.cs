using System.Numerics;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>A set of row ids, one bit each: ten million take little more than a megabyte.</summary>
internal sealed class RowIdSet
{
    private const int ChunkBits = 65_536;
    private const int WordBits = 64;

    private readonly Dictionary<long, ulong[]> _chunks = [];

    public void Add(long id)
    {
        (long chunk, int bit) = Split(id);
        if (!_chunks.TryGetValue(chunk, out ulong[]? words))
            _chunks[chunk] = words = new ulong[ChunkBits / WordBits];
        words[bit / WordBits] |= 1UL << (bit % WordBits);
    }

    public bool Contains(long id)
    {
        (long chunk, int bit) = Split(id);
        return _chunks.TryGetValue(chunk, out ulong[]? words) && (words[bit / WordBits] & (1UL << (bit % WordBits))) != 0;
    }

    // Shift and mask, so that negative ids, which SQLite allows, have a place as well.
    private static (long Chunk, int Bit) Split(long id) => (id >> BitOperations.Log2(ChunkBits), (int)(id & (ChunkBits - 1)));
}
