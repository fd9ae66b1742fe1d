using Shacache.Conformance.Server;

namespace Shacache.Conformance.Elsewhere;

/// <summary>Every test of the two surfaces again, on a server with content in S3 and all else in PostgreSQL: what it answers does not depend on where that is.</summary>
public static class OverS3Tests
{
    /// <inheritdoc/>
    [Collection<ServerOverS3Collection>]
    public sealed class ContentDownload(ServerOverS3 server) : ContentDownloadTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverS3Collection>]
    public sealed class ContentUpload(ServerOverS3 server) : ContentUploadTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverS3Collection>]
    public sealed class Directory(ServerOverS3 server) : DirectoryTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverS3Collection>]
    public sealed class EntryValidation(ServerOverS3 server) : EntryValidationTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverS3Collection>]
    public sealed class HostileRequest(ServerOverS3 server) : HostileRequestTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverS3Collection>]
    public sealed class Key(ServerOverS3 server) : KeyTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverS3Collection>]
    public sealed class PythonClient(ServerOverS3 server) : PythonClientTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverS3Collection>]
    public sealed class RecordedExchange(ServerOverS3 server) : RecordedExchangeTests(server.Own);
}
