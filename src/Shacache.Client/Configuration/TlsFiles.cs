namespace Shacache.Client.Configuration;

/// <summary>The files of a TLS connection to the upload servers: own credentials, and the CA that the server's certificate must come from.</summary>
/// <remarks>
/// PEM files, read at the first connection that needs them. They are used for the hosts of the upload URLs, also when something is
/// downloaded from such a host; any other host gets no client certificate, and is checked against the system's CAs.
/// </remarks>
public sealed record TlsFiles
{
    /// <summary>Certificate of the client, intermediate ones may follow: <c>shacache-cert-file</c>. Null: none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Its private key, not encrypted: <c>shacache-key-file</c>. Null: it is in <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The only CAs that are accepted: <c>shacache-ca-file</c>. Null: those of the system.</summary>
    public string? AuthorityFile { get; init; }
}
