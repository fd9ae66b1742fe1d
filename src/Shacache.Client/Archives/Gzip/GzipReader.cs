using System.IO.Compression;

namespace Shacache.Client.Archives.Gzip;

/// <summary>Inflates a gzip stream into a pipe.</summary>
internal sealed class GzipReader(Stream source, BlockPipe output)
{
    /// <summary>Reads the source to its end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var gzip = new GZipStream(source, CompressionMode.Decompress, leaveOpen: true);
            await using (gzip.ConfigureAwait(false))
            {
                while (true)
                {
                    byte[] block = output.Rent();
                    int read = await gzip.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                    if (read == 0)
                        break;
                    await output.WriteAsync(block, read, cancellationToken).ConfigureAwait(false);
                }
            }

            output.Complete(null);
        }
        catch (InvalidDataException e)
        {
            output.Complete(new ArchiveException("The archive is damaged.", e));
        }
        catch (Exception e)
        {
            output.Complete(e);
        }
    }
}
