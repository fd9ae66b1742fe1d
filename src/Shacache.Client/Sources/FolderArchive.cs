using System.Formats.Tar;
using System.IO.Compression;

namespace Shacache.Client;

/// <summary>Packs a folder as a gzip'd tar, as <c>networkcache-upload</c> does: the folder's own name is the only one at the top.</summary>
/// <remarks>
/// Names, modes, owners, modification times and symbolic links are kept (PAX format). The members are in the order of their names, and nothing
/// else goes in, so that the same folder gives the same archive. Sockets cannot be packed.
/// </remarks>
public static class FolderArchive
{
    /// <summary>Writes the archive.</summary>
    /// <param name="folder">The folder; when it is a symbolic link, what it points to.</param>
    /// <param name="destination">Gets the archive from its position on; not disposed.</param>
    /// <param name="progress">Told after each member, in bytes of the archive.</param>
    /// <param name="cancellationToken">Stops; a part may be in the destination.</param>
    /// <exception cref="IOException">A member cannot be read or packed, or the destination failed.</exception>
    /// <exception cref="UnauthorizedAccessException">A member may not be read.</exception>
    public static async Task WriteAsync(
        string folder, Stream destination, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string name = Path.GetFileName(root);
        string start = Directory.ResolveLinkTarget(root, returnFinalTarget: true)?.FullName ?? root;
        var gzip = new GZipStream(destination, CompressionLevel.Optimal, leaveOpen: true);
        await using (gzip.ConfigureAwait(false))
        {
            var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true);
            await using (tar.ConfigureAwait(false))
            {
                await AddAsync(start, name.Length > 0 ? name : ".").ConfigureAwait(false);

                async Task AddAsync(string path, string entryName)
                {
                    await tar.WriteEntryAsync(path, entryName, cancellationToken).ConfigureAwait(false);
                    progress?.Report(new TransferProgress(TransferStage.Packing, destination.Position, null));
                    // A link to a folder is a link.
                    if ((File.GetAttributes(path) & (FileAttributes.Directory | FileAttributes.ReparsePoint)) != FileAttributes.Directory)
                        return;
                    foreach (string member in Directory.GetFileSystemEntries(path).Order(StringComparer.Ordinal))
                        await AddAsync(member, $"{entryName}/{Path.GetFileName(member)}").ConfigureAwait(false);
                }
            }
        }
    }
}
