using System.Buffers;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Archives;

/// <summary>Recognises files that hold credentials: an archive is read by everybody who can read the cache.</summary>
/// <remarks>
/// Some names are enough. Files that many packages contain without a secret (<c>.npmrc</c>, <c>.git/config</c>, test keys) count only when a secret is found in them,
/// or when only their owner may read them.
/// </remarks>
internal static class CredentialFile
{
    private const uint ReadableByOthers = 0x24;
    private const uint Executable = 0x49;
    private const int LookedAtForKeyBytes = 16 * 1024;
    private const int LookedAtBytes = 64 * 1024;
    private const int MaxUrlBytes = 1024;

    private static readonly byte[][] Names =
    [
        .. Bytes(".netrc", "_netrc", ".authinfo", ".git-credentials", ".pgpass", ".pypirc", ".dockercfg", ".vault-token", ".s3cfg", ".boto", ".passwd-s3fs", ".databrickscfg", "secring.gpg"),
    ];

    private static readonly byte[][] Paths =
    [
        .. Bytes(
            ".aws/credentials", ".docker/config.json", ".kube/config", ".config/gh/hosts.yml", ".config/git/credentials", ".config/containers/auth.json", ".cargo/credentials",
            ".cargo/credentials.toml", ".gem/credentials", ".composer/auth.json", ".config/gcloud/credentials.db", ".config/gcloud/application_default_credentials.json",
            ".m2/settings-security.xml", ".terraform.d/credentials.tfrc.json"),
    ];

    private static readonly byte[][] PrivateNames =
    [
        .. Bytes(".npmrc", ".yarnrc", ".yarnrc.yml", ".my.cnf", ".htpasswd", ".curlrc", ".wgetrc", ".env", "pip.conf", ".gitconfig", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"),
    ];

    private static readonly byte[][] Configurations =
        [.. Bytes(".npmrc", ".yarnrc", ".yarnrc.yml", ".gitconfig", "pip.conf", ".git/config", ".config/git/config", ".hg/hgrc", ".hgrc")];

    private static readonly SearchValues<char> AuthorityEnds = SearchValues.Create("/ \t\r\n\"'<>");

    // A placeholder is not a password.
    private static readonly SearchValues<char> Placeholders = SearchValues.Create("${}(<");

    private static readonly SearchValues<string> NpmSecrets =
        SearchValues.Create(["_authtoken", "_password", "_auth=", "_auth =", "npmauthtoken", "npmauthident"], StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a file holds credentials.</summary>
    /// <param name="path">Its path in the archive.</param>
    /// <param name="status">Its status.</param>
    /// <param name="file">The open file; its position is moved, and put back to its start.</param>
    public static bool Is(ReadOnlySpan<byte> path, in FileStatus status, SafeFileHandle file)
    {
        ReadOnlySpan<byte> name = path[(path.LastIndexOf((byte)'/') + 1)..];
        bool isPrivate = (status.Permissions & ReadableByOthers) == 0;
        // Nearly every file returns here: neither it nor a folder above it is hidden, and its name begins like none of the others.
        if (!isPrivate && path.IndexOf("/."u8) < 0 && !(name.StartsWith("_"u8) || name.StartsWith("id_"u8) || name.StartsWith("pip"u8) || name.StartsWith("secring"u8)))
            return false;
        if (Has(Names, name) || EndsWithAny(Paths, path) || IsBelow(path, "/.gnupg/private-keys-v1.d/"u8) || (IsBelow(path, "/.ssh/"u8) && IsKeyName(name)))
            return true;
        if (isPrivate && Has(PrivateNames, name))
            return true;
        if ((isPrivate || Has(PrivateNames, name)) && (status.Permissions & Executable) == 0 && IsPrivateKey(ReadStart(file, status, LookedAtForKeyBytes)))
            return true;
        // Each submodule of a clone has a configuration of its own.
        bool isConfiguration = EndsWithAny(Configurations, path) || (IsBelow(path, "/.git/modules/"u8) && name.SequenceEqual("config"u8));
        return isConfiguration && ReadStart(file, status, LookedAtBytes) is var configuration &&
            (configuration.AsSpan().ContainsAny(NpmSecrets) || HasPasswordInUrl(configuration));
    }

    /// <summary>Whether this is a buildout configuration with a password in a URL: the release needs that file, so it cannot simply be left out.</summary>
    /// <inheritdoc cref="Is" path="/param"/>
    public static bool IsBuildoutWithPassword(ReadOnlySpan<byte> path, SafeFileHandle file)
    {
        int slash = path.IndexOf((byte)'/');
        return path[(slash + 1)..] is var name && (name.SequenceEqual("buildout.cfg"u8) || name.SequenceEqual(".installed.cfg"u8)) &&
            HasPasswordInUrl(file);
    }

    private static bool IsKeyName(ReadOnlySpan<byte> name) =>
        (name.StartsWith("id_"u8) && !name.EndsWith(".pub"u8)) || name.SequenceEqual("identity"u8);

    private static bool IsPrivateKey(string text) =>
        text.StartsWith("PuTTY-User-Key-File-", StringComparison.Ordinal) ||
        text.Split('\n').Any(line => line.StartsWith("-----BEGIN ", StringComparison.Ordinal) && line.TrimEnd() is var begin &&
            (begin.EndsWith("PRIVATE KEY-----", StringComparison.Ordinal) || begin.EndsWith("PRIVATE KEY BLOCK-----", StringComparison.Ordinal)));

    /// <summary>Whether a text has <c>scheme://user:password@</c>, or something as long as a token in place of the user.</summary>
    private static bool HasPasswordInUrl(string text)
    {
        const int MinTokenCharacters = 20;
        for (ReadOnlySpan<char> rest = text; rest.IndexOf("://") is >= 0 and int start;)
        {
            rest = rest[(start + 3)..];
            int end = rest.IndexOfAny(AuthorityEnds);
            ReadOnlySpan<char> authority = end < 0 ? rest : rest[..end];
            if (authority.LastIndexOf('@') is > 0 and int at &&
                (authority[..at].IndexOf(':') is >= 0 and int colon ? colon + 1 < at : at >= MinTokenCharacters) && !authority[..at].ContainsAny(Placeholders))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasPasswordInUrl(SafeFileHandle file)
    {
        byte[] buffer = new byte[LookedAtBytes];
        int kept = 0;
        bool isFound = false;
        while (!isFound && FileSystemCalls.Read(file, buffer.AsSpan(kept)) is > 0 and int read)
        {
            isFound = HasPasswordInUrl(Encoding.Latin1.GetString(buffer, 0, kept + read));
            // A URL may span two pieces.
            int end = kept + read;
            kept = Math.Min(end, MaxUrlBytes);
            buffer.AsSpan(end - kept, kept).CopyTo(buffer);
        }

        FileSystemCalls.Seek(file, 0);
        return isFound;
    }

    private static string ReadStart(SafeFileHandle file, in FileStatus status, int maxBytes)
    {
        byte[] buffer = new byte[(int)Math.Min(status.SizeBytes, maxBytes)];
        int count = 0;
        while (count < buffer.Length && FileSystemCalls.Read(file, buffer.AsSpan(count)) is > 0 and int read)
            count += read;
        FileSystemCalls.Seek(file, 0);
        return Encoding.Latin1.GetString(buffer, 0, count);
    }

    private static bool IsBelow(ReadOnlySpan<byte> path, ReadOnlySpan<byte> folder) => path.IndexOf(folder) >= 0;

    private static bool Has(byte[][] names, ReadOnlySpan<byte> name)
    {
        foreach (byte[] known in names)
        {
            if (name.SequenceEqual(known))
                return true;
        }

        return false;
    }

    private static bool EndsWithAny(byte[][] ends, ReadOnlySpan<byte> path)
    {
        foreach (byte[] end in ends)
        {
            if (path.Length > end.Length && path.EndsWith(end) && path[^(end.Length + 1)] == '/')
                return true;
        }

        return false;
    }

    private static IEnumerable<byte[]> Bytes(params string[] names) => names.Select(Encoding.ASCII.GetBytes);
}
