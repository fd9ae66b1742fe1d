using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Accounts;

namespace Shacache.Http.Accounts.Callers;

/// <summary>Finds the account of an Authorization header: <c>Bearer</c> with a token (RFC 6750), or <c>Basic</c> with the account's name and a token (RFC 7617).</summary>
internal sealed class TokenAuthentication(IAccountStore accounts, TimeProvider time)
{
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    /// <summary>Whether browsers add such a header by themselves.</summary>
    public static bool IsAmbient(string header) => header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase);

    public async ValueTask<Identification> IdentifyAsync(string header, CancellationToken cancellationToken)
    {
        if (!TryRead(header, out string? user, out string? secret))
            return AccountProblems.UnknownScheme;
        if (TokenSecret.Hash(secret) is not { } hash || await accounts.FindTokenAsync(hash, cancellationToken) is not { } token ||
            !IsSame(hash, token.SecretHash))
        {
            return AccountProblems.UnknownToken;
        }

        if (user is not null && !(AccountName.TryCreate(user, out AccountName? named, out _) && named == token.Account))
            return AccountProblems.OtherUser;
        if (token.RevokedAt is not null)
            return AccountProblems.TokenRevoked;
        if (token.IsExpired(time.GetUtcNow()))
            return AccountProblems.TokenExpired(token.ExpiresAt);
        if (await accounts.FindAsync(token.Account, cancellationToken) is not { } account)
            return AccountProblems.UnknownToken;
        return account.IsRevoked
            ? AccountProblems.AccountRevoked(account.Name)
            : new Caller(CredentialKind.Token, account.Name, account.Rights, token.ExpiresAt);
    }

    // The time that a store takes to look up a hash tells nothing of the secret; this is for a store that would compare loosely.
    private static bool IsSame(Fingerprint presented, Fingerprint stored) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(presented.Value), Encoding.ASCII.GetBytes(stored.Value));

    private static bool TryRead(string header, out string? user, [NotNullWhen(true)] out string? secret)
    {
        user = null;
        secret = null;
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            secret = header[Bearer.Length..].Trim();
            return true;
        }

        if (!header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return false;
        ReadOnlySpan<char> encoded = header.AsSpan(Basic.Length).Trim();
        byte[] bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64Chars(encoded, bytes, out int length))
            return false;
        string pair = Encoding.UTF8.GetString(bytes, 0, length);
        int colon = pair.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return false;
        user = pair[..colon];
        secret = pair[(colon + 1)..];
        return true;
    }
}
