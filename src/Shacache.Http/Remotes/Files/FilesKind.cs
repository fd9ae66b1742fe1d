using System.IO.Enumeration;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Files;

/// <summary>Files of any web site by their paths. Folders, and what the operator says, are asked for again; all else is kept for ever.</summary>
internal sealed class FilesKind : IRemoteKind
{
    public RemoteType Type => RemoteType.Files;

    public RemoteTarget Find(RemoteRequest request)
    {
        string path = request.Path + request.Query;
        return request.Path.Length == 0 || request.Path.EndsWith('/') ||
            request.Remote.Options.MovingPatterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, request.Path, ignoreCase: false))
            ? new RemoteTarget.Index(new MovingFile(path))
            : new RemoteTarget.File(new LastingFile(path));
    }
}
