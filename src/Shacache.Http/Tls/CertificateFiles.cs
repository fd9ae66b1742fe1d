namespace Shacache.Http.Tls;

/// <summary>Where the server's certificate and its private key are, in PEM form.</summary>
/// <param name="CertificatePath">The server's certificate first, the intermediate ones behind it.</param>
/// <param name="KeyPath">The private key, not encrypted; null when it is in <paramref name="CertificatePath"/>.</param>
public sealed record CertificateFiles(string CertificatePath, string? KeyPath);
