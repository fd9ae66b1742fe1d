namespace Shacache.Http.Accounts;

/// <summary>The files of the certificate authority cannot be used. The message is one line that names the file.</summary>
public sealed class AuthorityFileException(string message, Exception? inner = null) : Exception(message, inner);
