namespace Shacache.Client.Transfers;

/// <summary>A file that only this process sees, and that is gone when it is closed.</summary>
internal static class TemporaryFile
{
    /// <summary>Creates one, has it written, and rewinds it.</summary>
    /// <param name="folder">Where the room for it is; when nothing may be created there, the system's temporary folder serves.</param>
    /// <param name="write">Writes the content.</param>
    public static async Task<FileStream> FillAsync(string folder, Func<FileStream, Task> write)
    {
        FileStream file = Create(folder);
        try
        {
            await write(file).ConfigureAwait(false);
            await file.FlushAsync().ConfigureAwait(false);
            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Creates one, empty.</summary>
    /// <inheritdoc cref="FillAsync" path="/param[@name='folder']"/>
    public static FileStream Create(string folder)
    {
        try
        {
            return CreateIn(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException && folder != Path.GetTempPath())
        {
            return CreateIn(Path.GetTempPath());
        }
    }

    private static FileStream CreateIn(string folder)
    {
        string path = Path.Combine(folder, $".shacache-{Guid.NewGuid():N}.tmp");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.Asynchronous,
        };
        if (OperatingSystem.IsWindows())
        {
            options.Options |= FileOptions.DeleteOnClose;
            return new FileStream(path, options);
        }

        // The name goes at once: then not even a killed process leaves the file.
        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        File.Delete(path);
        return file;
    }
}
