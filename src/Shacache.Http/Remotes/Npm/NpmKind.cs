using Microsoft.AspNetCore.Http;
using Shacache.Http.Answers;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Npm;

/// <summary>Packages of npm: what the registry knows of each, and their archives. Paths are those of the registry.</summary>
internal sealed class NpmKind : IRemoteKind
{
    private const string Known = "npm is to be given the path of the remote itself (--registry)";

    public RemoteType Type => RemoteType.Npm;

    public RemoteTarget Find(RemoteRequest request)
    {
        // npm writes the name of a scope and its package as one segment, @scope%2fname; other tools as two.
        string path = Uri.UnescapeDataString(request.Path);
        string[] segments = path.Split('/');
        if (path == "-/ping")
            return new RemoteTarget.Index(new NpmPing());
        if (segments is ["-", "package", .. var named, "dist-tags"] && NpmName.Join(named) is { } tagged)
            return new RemoteTarget.Index(new NpmTags(tagged));
        if (segments is ["-", ..])
            return new RemoteTarget.Refused(NpmProblems.NotPassed(request.Remote.Name));
        if (segments is [.. var owner, "-", var file] && NpmName.Join(owner) is { } package && NpmName.IsFileName(file))
            return new RemoteTarget.File(new NpmTarball(package, file, FindIntegrity(request.Headers)));
        return NpmName.Join(segments) is { } name
            ? new RemoteTarget.Index(new NpmPackument(name, isAbbreviated: request.Headers.Accept.ToString().Contains(NpmPackument.Abbreviated, StringComparison.OrdinalIgnoreCase)))
            : new RemoteTarget.Refused(RemoteProblems.UnknownPath(request.Remote, Known));
    }

    public Problem? FindRefusal(RemoteRequest request) => NpmProblems.NotPassed(request.Remote.Name);

    public RemotePackage? FindPackage(PackageQuery package) => NpmName.Join(package.Name.Split('/')) is { } name ? new NpmPackage(name, package) : null;

    /// <summary>npm says what its lock file has, when it asks for an archive.</summary>
    private static FileHash? FindIntegrity(IHeaderDictionary headers) => headers["pacote-integrity"] is [{ } text] ? FileHash.ParseIntegrity(text) : null;
}

/// <summary>Names of packages and archives.</summary>
internal static class NpmName
{
    private const int MaxLength = 214;

    /// <summary>Joins the segments of a path that are a name: <c>name</c>, or <c>@scope</c> and <c>name</c>.</summary>
    /// <returns>Null when they are none.</returns>
    public static string? Join(string[] segments) => segments switch
    {
        [var name] when IsPart(name) => name,
        [['@', .. var scope], var name] when IsPart(scope) && IsPart(name) && scope.Length + name.Length < MaxLength => $"@{scope}/{name}",
        _ => null,
    };

    /// <summary>Whether a text can be the name of an archive.</summary>
    public static bool IsFileName(string text) => text.Length <= 2 * MaxLength && text.EndsWith(".tgz", StringComparison.Ordinal) && !text.Any(c => c is '\\' or '%' || char.IsControl(c));

    /// <summary>The name of a package without its scope.</summary>
    public static string WithoutScope(string name) => name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>A name as registries are asked for it.</summary>
    public static string Escape(string name) => name.Replace("/", "%2f", StringComparison.Ordinal);

    // Old packages have capitals.
    private static bool IsPart(string text) =>
        text.Length is > 0 and <= MaxLength && text[0] is not ('.' or '-') && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~' or '!' or '\'' or '(' or ')' or '*');
}

/// <summary>What this server does not do in the place of a registry.</summary>
internal static class NpmProblems
{
    public static Problem NotPassed(string remote) => new(
        StatusCodes.Status404NotFound,
        $"The remote {remote} serves packages alone: audits, searches, logins and publishing are not passed on. Ask the registry itself for them (--registry), and give npm --no-audit.");
}
