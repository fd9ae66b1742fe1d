using Shacache.Core.Blobs.Repair;
using Shacache.Posix;

namespace Shacache.Cli.Repair;

/// <summary>The folder of a backup, and files in it that only their owner may read.</summary>
internal static class BackupPlace
{
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The whole path of a folder that may hold a backup: not in the data folder nor around it, and new, empty or a backup.</summary>
    /// <param name="folder">What was asked for.</param>
    /// <param name="dataFolder">What is to be copied.</param>
    /// <param name="markName">The file that says that it is a backup.</param>
    /// <exception cref="StoreRefusalException">It may not.</exception>
    public static string Check(string folder, string dataFolder, string markName)
    {
        string target = Resolve(folder);
        string data = Resolve(dataFolder);
        if (IsIn(target, data) || IsIn(data, target))
            throw new StoreRefusalException($"{target} is in the data folder {data}, or around it: the backup would be lost with the server. Name another folder.");
        if (File.Exists(target))
            throw new StoreRefusalException($"{target} is a file. Name a folder for the backup.");
        if (Directory.Exists(target) && !File.Exists(Path.Combine(target, markName)) && !IsEmpty(target))
            throw new StoreRefusalException($"{target} is not empty, and no backup of this program (it has no {markName}). Nothing was changed; name a new folder.");
        return target;
    }

    /// <summary>Whether there is nothing in a folder, but for what a new file system has.</summary>
    public static bool IsEmpty(string folder) => Directory.EnumerateFileSystemEntries(folder).All(path => Path.GetFileName(path) == "lost+found");

    /// <summary>Makes a folder that only its owner may enter, unless it is there.</summary>
    public static void Make(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnerFolder);
    }

    /// <summary>Copies certificates and private keys. No other user may read the copies.</summary>
    public static void CopyKeys(string from, string to)
    {
        if (!Directory.Exists(from))
            return;
        Make(to);
        foreach (string path in Directory.EnumerateFiles(from))
        {
            string copy = Path.Combine(to, Path.GetFileName(path));
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerFile;
            using (FileStream source = File.OpenRead(path))
            using (var target = new FileStream($"{copy}.new", options))
            {
                source.CopyTo(target);
                target.Flush(flushToDisk: true);
            }

            File.Move($"{copy}.new", copy, overwrite: true);
        }
    }

    /// <summary>The path with links resolved, as far as it exists.</summary>
    private static string Resolve(string folder)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!ProcessCalls.Is64BitLinux)
            return path;
        string rest = "";
        for (string? there = path; there is not null; there = Path.GetDirectoryName(there))
        {
            if (CopyCalls.FindRealPath(there) is { } real)
                return Path.TrimEndingDirectorySeparator(Path.Join(real, rest));
            rest = Path.Join(Path.GetFileName(there), rest);
        }

        return path;
    }

    private static bool IsIn(string path, string folder) =>
        path == folder || path.StartsWith(folder.EndsWith(Path.DirectorySeparatorChar) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
