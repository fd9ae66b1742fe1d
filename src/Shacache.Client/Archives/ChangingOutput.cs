using Shacache.Client.Archives.Tar;

namespace Shacache.Client.Archives;

/// <summary>Writes the content of a file, changed where it changes.</summary>
/// <param name="writer">Writes it.</param>
/// <param name="change">How it changes; null when it stays as it is.</param>
internal sealed class ChangingOutput(FileWriter writer, IFileChange? change)
{
    private readonly List<ReadOnlyMemory<byte>> _parts = [];

    /// <summary>Told how much has passed.</summary>
    public required Action<int> Passed { get; init; }

    /// <summary>Writes all that an entry has.</summary>
    /// <exception cref="Errors.ArchiveException">The content is damaged or not what was expected, or an earlier write failed.</exception>
    public async ValueTask FillAsync(TarEntry entry, TarReader content)
    {
        int extent = 0;
        long written = 0;
        while (await content.ReadContentAsync().ConfigureAwait(false) is { IsEmpty: false } piece)
        {
            Passed(piece.Length);
            if (entry.Extents is null)
            {
                await WriteAsync(piece, written, isContinued: true).ConfigureAwait(false);
                written += piece.Length;
                continue;
            }

            while (!piece.IsEmpty)
            {
                if (written == entry.Extents[extent].LengthBytes)
                {
                    extent++;
                    written = 0;
                    continue;
                }

                int count = (int)Math.Min(piece.Length, entry.Extents[extent].LengthBytes - written);
                await WriteAsync(piece[..count], entry.Extents[extent].OffsetBytes + written, isContinued: written > 0).ConfigureAwait(false);
                written += count;
                piece = piece[count..];
            }
        }

        change?.End();
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> piece, long offset, bool isContinued)
    {
        long? place = isContinued ? null : offset + (change?.AddedBytes ?? 0);
        if (change is null)
        {
            await writer.WriteAsync(piece, place).ConfigureAwait(false);
            return;
        }

        _parts.Clear();
        change.Change(offset, piece, _parts);
        foreach (ReadOnlyMemory<byte> part in _parts)
        {
            await writer.WriteAsync(part, place).ConfigureAwait(false);
            place = null;
        }
    }
}
