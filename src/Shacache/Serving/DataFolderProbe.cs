using Shacache.Http.Health;

namespace Shacache.Cli.Serving;

/// <summary>Finds out whether files can be made in the data folder.</summary>
internal sealed class DataFolderProbe(string dataFolder) : IStorageProbe
{
    private readonly string _path = Path.Combine(dataFolder, "healthz");

    public async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(
                _path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"The data folder is not writable: {e.Message.ReplaceLineEndings(" ")}";
        }
    }
}
