using Microsoft.AspNetCore.Http;
using Shacache.Http.Answers;

namespace Shacache.Http.Remotes.Indexes;

/// <summary>What the tools of one kind ask for: each kind is a folder beside this one, and knows nothing of how documents and files are fetched and kept.</summary>
internal interface IRemoteKind
{
    /// <summary>The type of the remotes that it is for.</summary>
    RemoteType Type { get; }

    /// <summary>Finds out what a GET or HEAD asks for.</summary>
    RemoteTarget Find(RemoteRequest request);

    /// <summary>What another method is answered with; null for what any path says about methods it does not know.</summary>
    Problem? FindRefusal(RemoteRequest request) => null;

    /// <summary>What a path below the URL of a remote is, as its origin has it.</summary>
    RemoteTarget FindAt(Remote remote, string path) => Find(new RemoteRequest(remote, path, "", new HeaderDictionary()));

    /// <summary>What an index has of a package; null when that is no name of one.</summary>
    RemotePackage? FindPackage(PackageQuery package) => null;

    /// <summary>The path below the URL of a remote that every index of the kind has; null when no path tells.</summary>
    string? ProbedPath => null;
}

/// <summary>A request below a remote.</summary>
/// <param name="Remote">The remote.</param>
/// <param name="Path">The path below it as it came over the wire, without a slash at its beginning.</param>
/// <param name="Query">The query with its question mark; empty for none.</param>
/// <param name="Headers">What the client said beside that.</param>
internal sealed record RemoteRequest(Remote Remote, string Path, string Query, IHeaderDictionary Headers)
{
    /// <summary>Name of the connection; equal for requests of one.</summary>
    public string Connection { get; init; } = "";

    /// <summary>Address of the client; empty when it has none.</summary>
    public string Address { get; init; } = "";
}

/// <summary>What a request asks for.</summary>
internal abstract record RemoteTarget
{
    private RemoteTarget()
    {
    }

    /// <summary>A document of the index.</summary>
    public sealed record Index(RemoteIndex Document) : RemoteTarget;

    /// <summary>A file that the index names.</summary>
    public sealed record File(RemoteFile Content) : RemoteTarget;

    /// <summary>What must be looked for first.</summary>
    public sealed record Sought(Func<CancellationToken, ValueTask<RemoteTarget>> FindAsync) : RemoteTarget;

    /// <summary>Another path below the remote, which is the proper one.</summary>
    public sealed record Elsewhere(string Path) : RemoteTarget;

    /// <summary>Nothing.</summary>
    public sealed record Refused(Problem Problem) : RemoteTarget;
}

/// <summary>What goes wrong with remotes, as clients see it.</summary>
internal static class RemoteProblems
{
    public static readonly Problem Off = new(StatusCodes.Status404NotFound, "This server has no remotes; its operator adds them as sections [remote NAME].");

    public static Problem UnknownRemote(string name) =>
        new(StatusCodes.Status404NotFound, $"This server has no remote of the name {name}; its operator adds one as a section [remote {name}].");

    public static Problem AboveRemote(Remote remote) =>
        new(StatusCodes.Status404NotFound, $"The path leads above the URL of the remote {remote.Name}; write it without '..'.");

    public static Problem UnknownPath(Remote remote, string known) =>
        new(StatusCodes.Status404NotFound, $"The remote {remote.Name} has nothing there; {known}.");

    public static readonly Problem CannotSign = new(
        StatusCodes.Status409Conflict, "This server has no key to sign what a bundle is to carry; its operator gives it one (gateway-signing-key).");

    public static Problem NoRemoteOf(string type, string? name) => new(
        StatusCodes.Status404NotFound, $"This server has no remote of the type {type}{(name is null ? "" : $" and the name {name}")}; its operator adds one as a section [remote NAME].");

    public static Problem NotBelow(string host, string? name) => new(
        StatusCodes.Status404NotFound, $"The URL at {host} is below no url of {(name is null ? "a remote, and not among gateway-origins" : $"the remote {name}")}.");

    public static Problem NotKept(string host) => new(StatusCodes.Status502BadGateway, $"The file at {host} came, and is not kept; the server's log says why.");

    public static Problem NotListed(string host) => new(
        StatusCodes.Status409Conflict, $"The file at {host} is here, and cannot be listed for a bundle: its URL holds a credential, or the directory accepts no such entry.");

    public static Problem NotNamed(string file, string host) =>
        new(StatusCodes.Status404NotFound, $"The index at {host} names no such file: {file}.");

    public static Problem Offline(Remote remote, string what) => new(
        StatusCodes.Status404NotFound, $"{what} is not here, and the remote {remote.Name} is offline (its setting offline), so that no origin is asked.");

    public static Problem OtherThanAsked(string file, string host, string asked, string promised) => new(
        StatusCodes.Status404NotFound, $"{file} was asked for as {asked}, but the index at {host} now says {promised}: the lock file is of another state of the index, or the file was replaced there.");

    public static Problem BadIndex(string host, string problem) =>
        new(StatusCodes.Status502BadGateway, $"What {host} sends is no such document of an index: {problem}");

    public static Problem BadLink(string host, string problem) =>
        new(StatusCodes.Status502BadGateway, $"The index at {host} names a URL that is not asked: {problem}");
}
