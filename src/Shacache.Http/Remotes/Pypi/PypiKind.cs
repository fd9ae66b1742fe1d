using Microsoft.AspNetCore.Http;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Pypi;

/// <summary>Python packages: <c>simple/</c>, <c>simple/NAME/</c> and the files that those pages name.</summary>
internal sealed class PypiKind : IRemoteKind
{
    private const string Known = "pip is to be given the path simple/ (--index-url)";

    public RemoteType Type => RemoteType.Pypi;

    public RemoteTarget Find(RemoteRequest request)
    {
        string[] segments = [.. request.Path.Split('/').Select(Uri.UnescapeDataString)];
        return segments switch
        {
            [""] or ["simple"] => new RemoteTarget.Elsewhere("simple/"),
            ["simple", ""] => new RemoteTarget.Index(new PypiRoot(PypiFormats.Choose(request.Headers))),
            ["simple", var name, .. var rest] when rest is [] or [""] && PypiName.Normalize(name) is { } normal => request.Path == $"simple/{normal}/"
                ? new RemoteTarget.Index(new PypiProject(normal, PypiFormats.Choose(request.Headers)))
                : new RemoteTarget.Elsewhere($"simple/{normal}/"),
            ["files", var name, var hash, var file] when PypiName.Normalize(name) == name && (hash == PypiLink.NoHash || FileHash.Parse(hash) is not null) && PypiName.IsFileName(file) =>
                new RemoteTarget.File(new PypiFile(name, hash, file)),
            _ => new RemoteTarget.Refused(RemoteProblems.UnknownPath(request.Remote, Known)),
        };
    }

    public RemoteTarget FindAt(Remote remote, string path) => Find(new RemoteRequest(remote, $"simple/{path}", "", new HeaderDictionary()));

    public RemotePackage? FindPackage(PackageQuery package) => PypiName.Normalize(package.Name) is { } name ? new PypiPackage(name, package) : null;

    public string? ProbedPath => "";
}

/// <summary>Names of packages and files.</summary>
internal static class PypiName
{
    private const int MaxLength = 200;

    /// <summary>Brings a name into the one spelling of it: lower case, runs of <c>-</c>, <c>_</c> and <c>.</c> are one hyphen (PEP 503).</summary>
    /// <returns>Null when it is no name (PEP 508).</returns>
    public static string? Normalize(string name)
    {
        if (name.Length is 0 or > MaxLength || !char.IsAsciiLetterOrDigit(name[0]) || !char.IsAsciiLetterOrDigit(name[^1]) ||
            name.Any(c => !char.IsAsciiLetterOrDigit(c) && !IsSeparator(c)))
        {
            return null;
        }

        return string.Concat(name.Select((c, i) => !IsSeparator(c) ? $"{char.ToLowerInvariant(c)}" : IsSeparator(name[i - 1]) ? "" : "-"));
    }

    /// <summary>Whether a text can be the name of a file of a package.</summary>
    public static bool IsFileName(string text) => text.Length is > 0 and <= 2 * MaxLength && text[0] != '.' && !text.Any(c => c is '/' or '\\' || char.IsControl(c));

    /// <summary>The version in the name of a file that fits every machine; null when there is none, or the file is for some.</summary>
    public static string? FindVersion(string name, string file)
    {
        if (file.EndsWith(".whl", StringComparison.Ordinal))
            return file.EndsWith("-none-any.whl", StringComparison.Ordinal) && file.Split('-') is { Length: >= 5 } parts && Normalize(parts[0]) == name ? parts[1] : null;
        string? end = Array.Find([".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz"], end => file.EndsWith(end, StringComparison.Ordinal));
        string stem = file[..^(end?.Length ?? 0)];
        int dash = stem.LastIndexOf('-');
        return end is not null && dash > 0 && Normalize(stem[..dash]) == name ? stem[(dash + 1)..] : null;
    }

    /// <summary>Whether the name of a file is one of a version: of whichever machine it is for.</summary>
    public static bool IsOfVersion(string file, string version)
    {
        string[] parts = file.Split('-');
        string stem = Array.Find([".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz"], end => file.EndsWith(end, StringComparison.Ordinal)) is { } end ? file[..^end.Length] : file;
        return file.EndsWith(".whl", StringComparison.Ordinal) ? parts.Length >= 5 && parts[1] == version : stem.EndsWith($"-{version}", StringComparison.Ordinal);
    }

    private static bool IsSeparator(char c) => c is '-' or '_' or '.';
}
