using Shacache.Conformance.Server;

namespace Shacache.Conformance.Elsewhere;

/// <summary>Every test of the two surfaces again, on a server with all but content in PostgreSQL: what it answers does not depend on where that is.</summary>
public static class OverPostgreSqlTests
{
    /// <inheritdoc/>
    [Collection<ServerOverPostgreSqlCollection>]
    public sealed class ContentDownload(ServerOverPostgreSql server) : ContentDownloadTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverPostgreSqlCollection>]
    public sealed class ContentUpload(ServerOverPostgreSql server) : ContentUploadTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverPostgreSqlCollection>]
    public sealed class Directory(ServerOverPostgreSql server) : DirectoryTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverPostgreSqlCollection>]
    public sealed class EntryValidation(ServerOverPostgreSql server) : EntryValidationTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverPostgreSqlCollection>]
    public sealed class HostileRequest(ServerOverPostgreSql server) : HostileRequestTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverPostgreSqlCollection>]
    public sealed class Key(ServerOverPostgreSql server) : KeyTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverPostgreSqlCollection>]
    public sealed class PythonClient(ServerOverPostgreSql server) : PythonClientTests(server.Own);

    /// <inheritdoc/>
    [Collection<ServerOverPostgreSqlCollection>]
    public sealed class RecordedExchange(ServerOverPostgreSql server) : RecordedExchangeTests(server.Own);
}
