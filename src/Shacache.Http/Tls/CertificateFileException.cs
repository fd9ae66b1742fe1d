namespace Shacache.Http.Tls;

/// <summary>A certificate or key file cannot be used. The message is one line that names the file, and what to do.</summary>
public sealed class CertificateFileException(string message, Exception? inner = null) : Exception(message, inner);
