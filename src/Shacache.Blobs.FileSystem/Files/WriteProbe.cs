namespace Shacache.Blobs.FileSystem.Files;

/// <summary>Finds out whether files can be made in the data folder, and whether there is room for them.</summary>
internal sealed class WriteProbe(BlobLayout layout)
{
    /// <summary>Taken for a moment: with less than this only the smallest uploads find room.</summary>
    private const int RoomBytes = 1 << 20;

    private readonly string _path = Path.Combine(layout.Data, "healthz");
    private readonly byte[] _zeros = new byte[64 * 1024];

    /// <returns>One line that says what is wrong; null when nothing is.</returns>
    public async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Written, since not every file system can be asked to keep room; and a quota shows only so.
            var file = new FileStream(
                _path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.DeleteOnClose);
            await using (file.ConfigureAwait(false))
            {
                for (int written = 0; written < RoomBytes; written += _zeros.Length)
                    await file.WriteAsync(_zeros, cancellationToken).ConfigureAwait(false);
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"The data folder cannot be written to: {e.Message}";
        }
    }
}
