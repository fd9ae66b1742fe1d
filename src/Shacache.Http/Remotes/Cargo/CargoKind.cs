using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Cargo;

/// <summary>Crates of Rust: a sparse index, and the archives that it names.</summary>
internal sealed class CargoKind : IRemoteKind
{
    private const string Known = "cargo is to be given the path of the remote itself, as sparse+http://CACHE/remote/NAME/";

    public string? ProbedPath => CargoConfig.FileName;

    public RemoteType Type => RemoteType.Cargo;

    public RemoteTarget Find(RemoteRequest request)
    {
        string path = Uri.UnescapeDataString(request.Path);
        string[] segments = path.Split('/');
        return segments switch
        {
            [CargoConfig.FileName] => new RemoteTarget.Index(new CargoConfig()),
            [CargoConfig.Folder, var name, var version, "download"] when CargoName.Is(name) && CargoName.IsVersion(version) =>
                new RemoteTarget.File(new CargoCrate(name, version)),
            [.., var name] when CargoName.Is(name) && CargoName.PathOf(name) == path => new RemoteTarget.Index(new CargoVersions(name)),
            _ => new RemoteTarget.Refused(RemoteProblems.UnknownPath(request.Remote, Known)),
        };
    }

    public RemotePackage? FindPackage(PackageQuery package) => CargoName.Is(package.Name) ? new CargoPackage(package) : null;
}

/// <summary>Names and versions of crates.</summary>
internal static class CargoName
{
    private const int MaxLength = 64;

    public static bool Is(string text) => text.Length is > 0 and <= MaxLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    public static bool IsVersion(string text) => text.Length is > 0 and <= 2 * MaxLength && char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '+');

    /// <summary>Where the document about a crate is, in lower case.</summary>
    public static string PathOf(string name) => $"{PrefixOf(name)}/{name}".ToLowerInvariant();

    /// <summary>The folders of a name: by its length, and by its first characters.</summary>
    public static string PrefixOf(string name) => name.Length switch
    {
        <= 2 => $"{name.Length}",
        3 => $"3/{name[0]}",
        _ => $"{name[..2]}/{name[2..4]}",
    };
}
