using Shacache.Conformance.Server;

namespace Shacache.Conformance;

/// <summary>Every test of the two surfaces again, on a server with <c>transport = kestrel</c>: what it answers does not depend on whose sockets carry the bytes.</summary>
public static class OverKestrelTests
{
    /// <inheritdoc/>
    public sealed class ContentDownload(ServerOverKestrel server) : ContentDownloadTests(server.Own);

    /// <inheritdoc/>
    public sealed class ContentUpload(ServerOverKestrel server) : ContentUploadTests(server.Own);

    /// <inheritdoc/>
    public sealed class Directory(ServerOverKestrel server) : DirectoryTests(server.Own);

    /// <inheritdoc/>
    public sealed class EntryValidation(ServerOverKestrel server) : EntryValidationTests(server.Own);

    /// <inheritdoc/>
    public sealed class HostileRequest(ServerOverKestrel server) : HostileRequestTests(server.Own);

    /// <inheritdoc/>
    public sealed class Key(ServerOverKestrel server) : KeyTests(server.Own);

    /// <inheritdoc/>
    public sealed class PythonClient(ServerOverKestrel server) : PythonClientTests(server.Own);

    /// <inheritdoc/>
    public sealed class RecordedExchange(ServerOverKestrel server) : RecordedExchangeTests(server.Own);
}
