using Shacache.Http.Health;

namespace Shacache.Cli.Serving;

/// <summary>Finds out whether files can be made in the data folder, and whether there is room for them.</summary>
internal sealed class DataFolderProbe(string dataFolder) : IStorageProbe
{
    /// <summary>Taken for a moment: with less than this nothing but the smallest uploads finds room.</summary>
    private const int RoomBytes = 1 << 20;

    private readonly string _path = Path.Combine(dataFolder, "healthz");
    private readonly byte[] _zeros = new byte[64 * 1024];

    public async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Written, since not every file system can be asked to keep room; and a quota shows only so.
            await using var file = new FileStream(
                _path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.DeleteOnClose);
            for (int written = 0; written < RoomBytes; written += _zeros.Length)
                await file.WriteAsync(_zeros, cancellationToken);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"The data folder cannot be written to: {e.Message.ReplaceLineEndings(" ")}";
        }
    }
}
