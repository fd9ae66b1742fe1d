namespace Shacache.Client.Archives.Gzip;

/// <summary>Reads a stream into a pipe, so that it goes on arriving while what came is worked on.</summary>
internal sealed class StreamPump(Stream source, BlockPipe output)
{
    private long _readBytes;

    /// <summary>Bytes that have arrived.</summary>
    public long ReadBytes => Volatile.Read(ref _readBytes);

    /// <summary>Reads the stream to its end; an error goes to the pipe's reader.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                byte[] block = output.Rent();
                int read = await source.ReadAsync(block, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    break;
                Volatile.Write(ref _readBytes, _readBytes + read);
                await output.WriteAsync(block, 0, read, cancellationToken).ConfigureAwait(false);
            }

            output.Complete(null);
        }
        catch (Exception e)
        {
            output.Complete(e);
        }
    }
}
