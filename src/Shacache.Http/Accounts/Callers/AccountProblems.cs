using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Entries;
using Shacache.Http.Answers;

namespace Shacache.Http.Accounts.Callers;

/// <summary>Why a caller is refused. No line repeats anything secret that was sent.</summary>
internal static class AccountProblems
{
    public static readonly Problem Off = new(
        StatusCodes.Status404NotFound, "This server has no accounts; its operator makes their certificate authority with 'shacache account init'.");

    public static readonly Problem NeedsAccount = Unauthorized("Uploads need an account: a client certificate or a token ('shacache account request').");

    public static readonly Problem NeedsReader = Unauthorized(
        "Reading needs an account here (read-access): a client certificate, a token, or as user and password its name and a token ('shacache account request').");

    public static readonly Problem NeedsCredential = Unauthorized("This needs a client certificate or a token of an account.");

    public static readonly Problem NeedsHttps = new(
        StatusCodes.Status403Forbidden, "This needs an account, and credentials are accepted over HTTPS only: use the https URL of this server.")
    {
        Reason = "cleartext",
    };

    public static readonly Problem CredentialInTheClear = new(
        StatusCodes.Status403Forbidden,
        "Credentials are accepted over HTTPS only. This one crossed the network in the clear and was not looked at; revoke it, and use the https URL of this server.")
    {
        Reason = "cleartext",
    };

    public static readonly Problem WebPage = new(
        StatusCodes.Status403Forbidden, "A web page sent this (Origin). Certificates and passwords, which browsers add by themselves, are not accepted from there.")
    {
        Reason = "web-page",
    };

    public static readonly Problem UnknownScheme = Unauthorized("The Authorization header is neither Bearer with a token, nor Basic with an account's name and a token.");

    public static readonly Problem UnknownToken = Unauthorized("The token is not known here.");

    public static readonly Problem TokenRevoked = Unauthorized("The token was revoked.");

    public static readonly Problem OtherUser = Unauthorized("The token is not one of the account that is named as the user.");

    public static readonly Problem NeedsCertificate = new(
        StatusCodes.Status403Forbidden, "Only a client certificate can be renewed, and it must be the one that is presented.")
    {
        Reason = "right",
    };

    public static readonly Problem NoFingerprint = new(
        StatusCodes.Status404NotFound, "The path names no key: the SHA-256 of a public key, 64 hexadecimal digits, was expected after the last slash.");

    public static readonly Problem MayNotUpload = new(StatusCodes.Status403Forbidden, "This account may not upload content; the right to upload is lacking.")
    {
        Reason = "right",
    };

    public static readonly Problem MayNotAdminister = new(StatusCodes.Status403Forbidden, "This account may not administer; the right to administer is lacking.")
    {
        Reason = "right",
    };

    public static Problem NoCertificate(Fingerprint key) => new(
        StatusCodes.Status404NotFound, $"No request with the key {key} waits, and no certificate in force has it: it was never asked for, or rejected, or revoked.");

    /// <summary>What was sent makes no sense.</summary>
    public static Problem Malformed(string line) => new(StatusCodes.Status400BadRequest, line);

    /// <summary>There is no such request, account, certificate or token.</summary>
    public static Problem Unknown(string line) => new(StatusCodes.Status404NotFound, line);

    /// <summary>It does not go together with what is there.</summary>
    public static Problem Conflict(string line) => new(StatusCodes.Status409Conflict, line);

    /// <summary>Too many wait already.</summary>
    public static Problem TooMany(string line) => TooMany(line, TimeSpan.FromHours(1));

    public static Problem TokenExpired(DateTimeOffset at) => Unauthorized($"The token expired at {at:u}; ask the operator for a new one.");

    public static Problem BadCertificate(string reason) => Unauthorized($"The client certificate is refused: {reason}.");

    public static Problem CertificateRevoked(DateTimeOffset at) => Unauthorized($"The client certificate was revoked at {at:u}.");

    public static Problem AccountRevoked(AccountName name) => Unauthorized($"The account {name} was revoked.");

    public static Problem MayNotIndex(EntryKey key, AccountRights rights) => new(
        StatusCodes.Status403Forbidden,
        rights.IndexPrefixes.Count == 0
            ? "This account may not put entries; the right to index is lacking."
            : $"This account may put entries only under keys that begin with {string.Join(" or ", rights.IndexPrefixes)}; the right to index {key} is lacking.")
    {
        Reason = "right",
    };

    public static Problem TooManyBadCredentials(TimeSpan wait) => TooMany("Too many bad credentials came from this address; this one was not looked at.", wait, "bad-credential-rate");

    public static Problem TooManyUploads(TimeSpan wait) => TooMany("Too many uploads came within a minute. Nothing was stored; try again later.", wait);

    public static Problem TooManyRequests(TimeSpan wait) => TooMany("Too many requests for accounts came from this address; try again later.", wait);

    public static Problem TooManyRenewals(TimeSpan wait) => TooMany("This account renewed its certificate too often; use the newest one.", wait);

    public static Problem QuotaUsedUp(long maxBytes, TimeSpan wait) => TooMany(
        $"This account may upload {maxBytes} bytes in a day of UTC, and this goes beyond. Nothing was stored; try again tomorrow.", wait, "quota");

    private static Problem Unauthorized(string line) => new(StatusCodes.Status401Unauthorized, line);

    private static Problem TooMany(string line, TimeSpan wait, string reason = "rate") => new(StatusCodes.Status429TooManyRequests, line, wait) { Reason = reason };
}
