namespace Shacache.Blobs.S3.Credentials;

/// <summary>Finds the key where every S3 tool does: a file that was named, the environment, the shared credentials file.</summary>
/// <remarks>
/// AWS's documentation, "Configuration and credential file settings" and "Environment variables": <c>AWS_ACCESS_KEY_ID</c>, <c>AWS_SECRET_ACCESS_KEY</c>, <c>AWS_SESSION_TOKEN</c>,
/// <c>AWS_SHARED_CREDENTIALS_FILE</c>, <c>AWS_PROFILE</c>. A file is read again when it has changed, so that keys can be replaced while the server runs.
/// Safe for concurrent use.
/// </remarks>
/// <param name="file">A shared credentials file; null for none.</param>
/// <param name="environment">Reads a variable.</param>
internal sealed class CredentialSource(string? file, Func<string, string?> environment)
{
    private const int MaxFileBytes = 1 << 20;
    private Read? _read;

    /// <summary>The key to sign with.</summary>
    /// <exception cref="CredentialsException">There is none.</exception>
    public AccessKey Find()
    {
        if (file is not null)
            return ReadFile(file);
        if (environment("AWS_ACCESS_KEY_ID") is { Length: > 0 } id)
        {
            return environment("AWS_SECRET_ACCESS_KEY") is { Length: > 0 } secret
                ? new AccessKey(id, secret, environment("AWS_SESSION_TOKEN") is { Length: > 0 } token ? token : null)
                : throw new CredentialsException("AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not; set both");
        }

        if (environment("AWS_SHARED_CREDENTIALS_FILE") is { Length: > 0 } shared)
            return ReadFile(shared);
        string? home = environment("HOME") ?? environment("USERPROFILE");
        string usual = Path.Join(home, ".aws", "credentials");
        return home is { Length: > 0 } && File.Exists(usual)
            ? ReadFile(usual)
            : throw new CredentialsException("there are no credentials for S3: name a file of them with s3-credentials-file, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }

    private AccessKey ReadFile(string path)
    {
        try
        {
            var state = new FileInfo(path);
            if (_read is { } read && read.Path == path && state.Exists && read.WrittenAt == state.LastWriteTimeUtc && read.LengthBytes == state.Length)
                return read.Key;
            if (state.Exists && state.Length > MaxFileBytes)
                throw new CredentialsException($"{path} is too long for a file of credentials");
            string profile = environment("AWS_PROFILE") is { Length: > 0 } named ? named : "default";
            AccessKey key = Parse(File.ReadLines(path), profile) ??
                throw new CredentialsException($"{path} has no section [{profile}] with aws_access_key_id and aws_secret_access_key");
            _read = new Read(path, state.LastWriteTimeUtc, state.Length, key);
            return key;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CredentialsException($"{path} cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static AccessKey? Parse(IEnumerable<string> lines, string profile)
    {
        bool isIn = false;
        string? id = null, secret = null, token = null;
        foreach (string line in lines.Select(line => line.Trim()))
        {
            if (line.StartsWith('['))
            {
                string name = line.TrimStart('[').TrimEnd(']').Trim();
                isIn = name == profile || name == $"profile {profile}";
            }
            else if (isIn && !line.StartsWith('#') && !line.StartsWith(';') && line.IndexOf('=') is > 0 and var at)
            {
                string value = line[(at + 1)..].Trim();
                switch (line[..at].Trim().ToLowerInvariant())
                {
                    case "aws_access_key_id":
                        id = value;
                        break;
                    case "aws_secret_access_key":
                        secret = value;
                        break;
                    case "aws_session_token":
                        token = value.Length > 0 ? value : null;
                        break;
                    default:
                        break;
                }
            }
        }

        return id is { Length: > 0 } && secret is { Length: > 0 } ? new AccessKey(id, secret, token) : null;
    }

    private sealed record Read(string Path, DateTime WrittenAt, long LengthBytes, AccessKey Key);
}
