using System.Runtime.CompilerServices;
using System.Text;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Go;

/// <summary>Modules of Go: what a module proxy serves, and the checksum database that it passes on.</summary>
internal sealed class GoKind : IRemoteKind
{
    private const string Known = "go is to be given the path of the remote itself (GOPROXY)";

    public RemoteType Type => RemoteType.Go;

    public RemoteTarget Find(RemoteRequest request)
    {
        string path = Uri.UnescapeDataString(request.Path);
        if (!GoPath.Is(path) || request.Query.Length > 0)
            return new RemoteTarget.Refused(RemoteProblems.UnknownPath(request.Remote, Known));
        string[] segments = path.Split('/');
        return segments switch
        {
            // What the database says of a module, and its tiles, are for ever and signed; its newest state is not.
            ["sumdb", _, "supported" or "latest"] => new RemoteTarget.Index(new MovingFile(path)),
            ["sumdb", _, "lookup" or "tile", _, ..] => new RemoteTarget.File(new LastingFile(path)),
            [_, .., "@latest"] => new RemoteTarget.Index(new MovingFile(path)),
            [_, .., "@v", "list"] => new RemoteTarget.Index(new GoVersions(path)),
            [_, .., "@v", var file] when GoPath.FindVersion(file) is { } version => GoPath.IsVersion(version)
                ? new RemoteTarget.File(new LastingFile(path))
                : new RemoteTarget.Index(new MovingFile(path)),
            _ => new RemoteTarget.Refused(RemoteProblems.UnknownPath(request.Remote, Known)),
        };
    }

    public RemotePackage? FindPackage(PackageQuery package) => GoPath.Escape(package.Name) is var path && GoPath.Is(path) ? new GoModule(path, package.Version) : null;
}

/// <summary>Paths below a module proxy.</summary>
internal static class GoPath
{
    private const int MaxLength = 2000;

    public static bool Is(string path) =>
        path.Length is > 0 and <= MaxLength && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or '!' or '/' or '@' or '+') &&
        path.Split('/').All(segment => segment.Length > 0 && segment is not ("." or ".."));

    /// <summary>Brings a name into the form of paths, which know no upper case.</summary>
    public static string Escape(string name) => string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? $"!{char.ToLowerInvariant(c)}" : $"{c}"));

    /// <summary>What the name of a file of a module says that its version is; null when it is no such file.</summary>
    public static string? FindVersion(string file) => Array.Find([".info", ".mod", ".zip"], end => file.EndsWith(end, StringComparison.Ordinal)) is { } end ? file[..^end.Length] : null;

    /// <summary>Whether a text is a version and not the name of a branch: what it means never changes.</summary>
    public static bool IsVersion(string text)
    {
        if (text is not ['v', .. var rest])
            return false;
        string[] numbers = rest.Split('-', '+')[0].Split('.');
        return numbers.Length == 3 && numbers.All(number => number.Length > 0 && number.All(char.IsAsciiDigit));
    }
}

/// <summary>The versions of a module, one a line.</summary>
internal sealed class GoVersions(string path) : VerbatimIndex
{
    public override string Path => path;

    public override string FindType(string? source) => "text/plain; charset=utf-8";

    public override async ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (ReadOnlyMemory<byte> line in BoundedLines.ReadAsync(source.Content, cancellationToken))
            {
                if (!GoPath.IsVersion(Encoding.UTF8.GetString(line.Span.TrimEnd(" "u8))))
                    return "a line is no version";
            }

            return null;
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }
}

/// <summary>A module: its versions, and the three files of each.</summary>
internal sealed class GoModule(string path, string? version) : RemotePackage
{
    /// <summary>At the end of a version: only what it depends on is wanted, as go.sum has it.</summary>
    private const string DependenciesOnly = "/go.mod";

    private static readonly string[] Ends = [".info", ".mod", ".zip"];

    public override IReadOnlyList<RemoteIndex> Documents { get; } = version is null ? [new GoVersions($"{path}/@v/list")] : [];

    public override IReadOnlyList<RemoteIndex> Others { get; } = version is null ? [new MovingFile($"{path}/@latest")] : [];

    public override async IAsyncEnumerable<RemoteFile> ReadFilesAsync(IndexSource? source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (version is not null)
        {
            bool isAll = !version.EndsWith(DependenciesOnly, StringComparison.Ordinal);
            string plain = GoPath.Escape(isAll ? version : version[..^DependenciesOnly.Length]);
            foreach (string end in isAll ? Ends : Ends[1..2])
                yield return new LastingFile($"{path}/@v/{plain}{end}");
            yield break;
        }

        await foreach (ReadOnlyMemory<byte> line in BoundedLines.ReadAsync(source!.Content, cancellationToken))
        {
            string one = Encoding.UTF8.GetString(line.Span.TrimEnd(" "u8));
            foreach (string end in Ends)
                yield return new LastingFile($"{path}/@v/{GoPath.Escape(one)}{end}");
        }
    }
}
