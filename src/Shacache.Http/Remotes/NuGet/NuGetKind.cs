using System.Runtime.CompilerServices;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.NuGet;

/// <summary>Packages of .NET, by version 3 of the protocol: the service index, the versions of packages, and the packages.</summary>
internal sealed class NuGetKind : IRemoteKind
{
    private const string Known = "dotnet is to be given the path index.json";

    public string? ProbedPath => "";

    public RemoteType Type => RemoteType.NuGet;

    public RemoteTarget Find(RemoteRequest request)
    {
        string[] segments = [.. request.Path.Split('/').Select(Uri.UnescapeDataString)];
        return segments switch
        {
            [NuGetService.FileName] => new RemoteTarget.Index(new NuGetService()),
            [NuGetService.Packages, var id, NuGetService.FileName] when NuGetName.Is(id) => new RemoteTarget.Index(new NuGetVersions(id)),
            [NuGetService.Packages, var id, var version, var file] when NuGetName.Is(id) && NuGetName.Is(version) && NuGetName.IsFileOf(file, id, version) =>
                new RemoteTarget.File(new NuGetFile(id, version, file)),
            [NuGetService.Registration, var id, .. var rest] when NuGetName.Is(id) && rest.Length is > 0 and < 5 && rest.All(NuGetName.Is) && rest[^1].EndsWith(".json", StringComparison.Ordinal) =>
                new RemoteTarget.Index(new NuGetRegistration(id, string.Join('/', rest))),
            _ => new RemoteTarget.Refused(RemoteProblems.UnknownPath(request.Remote, Known)),
        };
    }

    public RemotePackage? FindPackage(PackageQuery package) => package.Name.ToLowerInvariant() is var id && NuGetName.Is(id) ? new NuGetPackage(id, package.Version?.ToLowerInvariant()) : null;
}

/// <summary>Names and versions of packages, in lower case as paths have them.</summary>
internal static class NuGetName
{
    private const int MaxLength = 128;

    public static bool Is(string text) =>
        text.Length is > 0 and <= MaxLength && text[0] != '.' && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' or '_' or '+');

    public static bool IsFileOf(string file, string id, string version) => file == $"{id}.{version}.nupkg" || file == $"{id}.nuspec";
}

/// <summary>A package: its versions, the document that says where packages are, and the packages.</summary>
internal sealed class NuGetPackage(string id, string? version) : RemotePackage
{
    public override IReadOnlyList<RemoteIndex> Documents { get; } = [new NuGetVersions(id)];

    public override IReadOnlyList<RemoteIndex> Shared { get; } = [new NuGetService()];

    public override IReadOnlyList<RemoteIndex> Others { get; } = [new NuGetRegistration(id, NuGetService.FileName)];

    public override async IAsyncEnumerable<RemoteFile> ReadFilesAsync(IndexSource? source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string one in await NuGetVersions.ReadAsync(source!, cancellationToken))
        {
            if ((version is null || one == version) && NuGetName.Is(one))
                yield return new NuGetFile(id, one, $"{id}.{one}.nupkg");
        }
    }
}
