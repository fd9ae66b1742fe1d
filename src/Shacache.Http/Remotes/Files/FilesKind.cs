using System.IO.Enumeration;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Files;

/// <summary>Files of any web site by their paths. Folders, and what the operator says, are asked for again; all else is kept for ever.</summary>
internal sealed class FilesKind : IRemoteKind
{
    public RemoteTarget Find(RemoteRequest request)
    {
        if (request.Query.StartsWith("?service=git-", StringComparison.Ordinal))
            return new RemoteTarget.Refused(GatewayProblems.NoGit);
        string path = request.Path + request.Query;
        return request.Path.Length == 0 || request.Path.EndsWith('/') ||
            request.Remote.Options.MovingPatterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, request.Path, ignoreCase: false))
            ? new RemoteTarget.Index(new MovingFile(path))
            : new RemoteTarget.File(new LastingFile(path));
    }

    private sealed class MovingFile(string path) : RemoteIndex
    {
        public override string Path => path;

        public override string FindType(string? source) => source ?? "application/octet-stream";

        public override async ValueTask WriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken) =>
            await source.Content.CopyToAsync(output, cancellationToken);
    }

    private sealed class LastingFile(string path) : RemoteFile
    {
        public override string Path => path;

        public override ValueTask<NamedFile?> FindAsync(IndexSource? source, Remote remote, CancellationToken cancellationToken) =>
            new(new NamedFile(remote.Urls[0].Text + path, null));
    }
}
