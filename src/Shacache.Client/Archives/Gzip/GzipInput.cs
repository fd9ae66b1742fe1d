namespace Shacache.Client.Archives.Gzip;

/// <summary>The bytes of a gzip file as they arrive, with some at hand to look at before they are taken.</summary>
internal sealed class GzipInput(BlockPipe source)
{
    private readonly byte[] _buffer = new byte[128 * 1024];
    private int _position;
    private int _end;

    /// <summary>Whether the source has no more than what is at hand.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>What is at hand.</summary>
    public ReadOnlyMemory<byte> Available => _buffer.AsMemory(_position, _end - _position);

    /// <summary>Takes bytes off <see cref="Available"/>.</summary>
    public void Consume(int bytes) => _position += bytes;

    /// <summary>Sees to it that some bytes are at hand, unless the source has no more.</summary>
    /// <param name="bytes">At most half of the buffer.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Whether there are so many.</returns>
    public async ValueTask<bool> FillAsync(int bytes, CancellationToken cancellationToken)
    {
        if (_end - _position >= bytes)
            return true;
        Available.CopyTo(_buffer);
        _end -= _position;
        _position = 0;
        while (_end < bytes && !IsAtEnd)
        {
            if (await source.FillAsync(cancellationToken).ConfigureAwait(false))
            {
                int count = Math.Min(source.Available.Length, _buffer.Length - _end);
                source.Available[..count].CopyTo(_buffer.AsMemory(_end));
                source.Consume(count);
                _end += count;
            }
            else
            {
                IsAtEnd = true;
            }
        }

        return _end >= bytes;
    }
}
