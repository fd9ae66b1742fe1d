using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Core.Messages;

namespace Shacache.Client.Transfers;

/// <summary>Writes the files of keys and certificates: each appears under its name whole and flushed to disk, or not at all.</summary>
public static class PemFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Makes sure that a file can be made, before anything costly is done for it.</summary>
    /// <exception cref="IOException">It exists, or its folder does not.</exception>
    public static void EnsureFree(string path, string what)
    {
        ArgumentNullException.ThrowIfNull(path);
        // A dangling link exists too, but only as a link.
        if (Path.Exists(path) || new FileInfo(path).LinkTarget is not null)
            throw new IOException($"The {what} {path} exists and is not overwritten. Nothing was made; move it away first if it is really to be replaced.");
        string folder = FolderOf(path);
        if (!Directory.Exists(folder))
            throw new IOException($"The {what} {path} cannot be made: there is no folder {folder}. Nothing was made.");
    }

    /// <summary>Makes a new file. One that exists is never overwritten.</summary>
    /// <param name="path">Where; its folder exists.</param>
    /// <param name="text">ASCII, as PEM is.</param>
    /// <param name="isSecret">Only its owner can read it, from the first instant on (mode 0600); otherwise everybody (0644).</param>
    /// <exception cref="IOException">It exists, or cannot be written. Nothing is left over.</exception>
    public static void Create(string path, string text, bool isSecret)
    {
        ArgumentNullException.ThrowIfNull(path);
        byte[] content = Encoding.ASCII.GetBytes(text);
        UnixFileMode mode = isSecret ? OwnerOnly : Public;
        try
        {
            using SafeFileHandle? unnamed = UnnamedFile.TryCreate(FolderOf(path), mode);
            if (unnamed is null)
            {
                WriteNamed(path, content, mode);
                return;
            }

            RandomAccess.Write(unnamed, content, 0);
            RandomAccess.FlushToDisk(unnamed);
            if (!TryLink(unnamed, path, content, mode))
                throw new IOException("it exists");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path} cannot be written: {FileTrouble.Explain(e, path)}. Nothing was made.", e);
        }
    }

    /// <summary>Also where files without a name cannot get one.</summary>
    private static bool TryLink(SafeFileHandle unnamed, string path, byte[] content, UnixFileMode mode)
    {
        try
        {
            return UnnamedFile.TryLink(unnamed, Path.GetFullPath(path));
        }
        catch (FileSystemException)
        {
            WriteNamed(path, content, mode);
            return true;
        }
    }

    /// <summary>Puts a file that is no secret in the place of another, if there is one: a reader has the old one or the new one, never a part.</summary>
    /// <param name="path">Where; its folder exists.</param>
    /// <param name="text">ASCII, as PEM is.</param>
    /// <param name="cancellationToken">Stops; nothing has changed then.</param>
    /// <exception cref="IOException">It cannot be written. Nothing has changed.</exception>
    public static async Task ReplaceAsync(string path, string text, CancellationToken cancellationToken = default)
    {
        AtomicFile file = AtomicFile.Create(path);
        await using (file.ConfigureAwait(false))
        {
            await file.Stream.WriteAsync(Encoding.ASCII.GetBytes(text), cancellationToken).ConfigureAwait(false);
            if (!OperatingSystem.IsWindows() && !file.IsPassedOn)
                File.SetUnixFileMode(file.Stream.SafeFileHandle, Public);
            await file.PublishAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static void WriteNamed(string path, byte[] content, UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        bool created = false;
        try
        {
            using var file = new FileStream(path, options);
            created = true;
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        catch when (created)
        {
            File.Delete(path);
            throw;
        }
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;
}
