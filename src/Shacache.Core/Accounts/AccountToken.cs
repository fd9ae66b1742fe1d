using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Shacache.Core.Accounts;

/// <summary>A token of an account. The secret itself is not kept, only its hash.</summary>
/// <param name="Id">Short and no secret: names the token in lists and in the audit log.</param>
/// <param name="Account">Whose it is.</param>
/// <param name="SecretHash">SHA-256 of the secret: <see cref="TokenSecret.Hash"/>.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when on it is refused.</param>
/// <param name="RevokedAt">Since when it is refused; null while it is not. Never taken back.</param>
public sealed record AccountToken(
    string Id, AccountName Account, Fingerprint SecretHash, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt = null)
{
    /// <summary>Whether it is refused since its time is over.</summary>
    public bool IsExpired(DateTimeOffset now) => now >= ExpiresAt;
}

/// <summary>The secret text of a token: 256 random bits. Shown once, never stored, never logged.</summary>
public static class TokenSecret
{
    /// <summary>How every secret starts, so that scanners for leaked secrets can know it.</summary>
    public const string Prefix = "shacache_";

    /// <summary>Length of every secret, in characters.</summary>
    public const int Length = 52;

    private const int SecretBytes = 32;

    /// <summary>Makes a new one.</summary>
    public static string Generate() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>What a store keeps of it, and finds it by.</summary>
    /// <remarks>Plain SHA-256 is enough: 256 random bits cannot be guessed, however fast the hash. Looking a hash up tells no one anything about the secret.</remarks>
    /// <returns>Null when the text cannot be a secret of ours, so nothing needs to be looked up.</returns>
    public static Fingerprint? Hash(string secret) =>
        secret.Length == Length && secret.StartsWith(Prefix, StringComparison.Ordinal)
            ? Fingerprint.Of(Encoding.UTF8.GetBytes(secret))
            : null;
}
