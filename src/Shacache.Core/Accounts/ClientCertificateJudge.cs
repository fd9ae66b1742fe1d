using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Entries;

namespace Shacache.Core.Accounts;

/// <summary>Judges client certificates by the authority's certificate, which is all that is needed for it. Safe for concurrent use.</summary>
/// <remarks>
/// Certificates of <see cref="CertificateAuthority"/> and such that an operator made with OpenSSL under the same authority are judged alike. Certificates
/// of authorities below it are not accepted. Revocation is the account store's.
/// </remarks>
public sealed class ClientCertificateJudge : IDisposable
{
    internal const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string AnyPurpose = "2.5.29.37.0";
    private const int NameDigits = 32;

    private readonly X509Certificate2 _authority;
    private readonly TimeProvider _time;

    private ClientCertificateJudge(X509Certificate2 authority, TimeProvider time)
    {
        _authority = authority;
        _time = time;
    }

    /// <summary>Until when the certificate of the authority is valid.</summary>
    public DateTimeOffset AuthorityEndsAt => new(_authority.NotAfter.ToUniversalTime());

    /// <summary>Takes the authority's certificate from PEM.</summary>
    /// <param name="certificatePem">The certificate.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="FormatException">There is no certificate of an authority in the text; one line says what there is.</exception>
    public static ClientCertificateJudge FromPem(string certificatePem, TimeProvider time) => new(ReadAuthority(certificatePem), time);

    /// <summary>Judges a certificate. Never throws for a bad one. Costs a verification of its signature: remember the verdict by the fingerprint, at most until
    /// the certificate expires.</summary>
    public ClientCertificateVerdict Judge(X509Certificate2 certificate)
    {
        try
        {
            return Refuse(certificate) ??
                new ClientCertificateVerdict(ClientCertificateState.Valid, AccountOf(certificate), "issued by this cache's authority");
        }
        catch (CryptographicException e)
        {
            return new ClientCertificateVerdict(
                ClientCertificateState.Malformed, null, $"the certificate cannot be read ({EntryInformation.OneLine(e.Message)})");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _authority.Dispose();

    internal static X509Certificate2 ReadAuthority(string pem)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new FormatException("no certificate in PEM form was found", e);
        }

        if (IsAuthority(certificate))
            return certificate;
        string subject = EntryInformation.OneLine(certificate.Subject);
        certificate.Dispose();
        throw new FormatException($"the certificate of {subject} is not an authority's: it lacks CA:TRUE");
    }

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);

    private static AccountName AccountOf(X509Certificate2 certificate)
    {
        return CertificateNames.FindCommonName(certificate.SubjectName) is { } text && AccountName.TryCreate(text, out AccountName? name, out _)
            ? name
            : AccountName.Create("cert-" + Fingerprint.OfKey(certificate.PublicKey).Value[..NameDigits]);
    }

    private static string? WrongPurpose(X509Certificate2 certificate)
    {
        if (IsAuthority(certificate))
            return "it is an authority's certificate, not a client's";
        // A certificate that says nothing of its purpose may be used for any.
        foreach (X509EnhancedKeyUsageExtension usage in certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>())
        {
            if (!usage.EnhancedKeyUsages.Cast<Oid>().Any(purpose => purpose.Value is ClientAuthentication or AnyPurpose))
                return "it is not for client authentication (extended key usage)";
        }

        foreach (X509KeyUsageExtension usage in certificate.Extensions.OfType<X509KeyUsageExtension>())
        {
            if (!usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
                return "its key is not for signatures (key usage)";
        }

        return null;
    }

    private static ClientCertificateVerdict Refusal(ClientCertificateState state, string explanation) => new(state, null, explanation);

    private ClientCertificateVerdict? Refuse(X509Certificate2 certificate)
    {
        if (!IsIssuedByAuthority(certificate))
            return Refusal(ClientCertificateState.OtherAuthority, "it was not issued by this cache's authority");
        if (WrongPurpose(certificate) is { } purpose)
            return Refusal(ClientCertificateState.WrongPurpose, purpose);
        DateTimeOffset now = _time.GetUtcNow();
        DateTimeOffset begin = CertificateTimes.BeginOf(certificate);
        DateTimeOffset end = CertificateTimes.EndOf(certificate);
        DateTimeOffset authorityEnd = CertificateTimes.EndOf(_authority);
        if (now < begin)
            return Refusal(ClientCertificateState.NotYetValid, $"it is valid from {begin:u} on; now it is {now:u}");
        if (now > end)
            return Refusal(ClientCertificateState.Expired, $"it was valid until {end:u}; now it is {now:u}");
        if (now > authorityEnd)
            return Refusal(ClientCertificateState.Expired, $"this cache's authority was valid until {authorityEnd:u}; now it is {now:u}");
        return null;
    }

    private bool IsIssuedByAuthority(X509Certificate2 certificate)
    {
#pragma warning disable RS0030 // Core sees no other project; the next lines do what the rule asks for.
        using var chain = new X509Chain();
#pragma warning restore RS0030
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTimeIgnored = true;
        // Times and purposes are judged here, each with an answer of its own.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid | X509VerificationFlags.IgnoreWrongUsage;
        bool isValid = chain.Build(certificate);
        int length = chain.ChainElements.Count;
        foreach (X509ChainElement element in chain.ChainElements)
            element.Certificate.Dispose();
        return isValid && length <= 2;
    }
}

/// <summary>What a client certificate is worth by itself. Whether it was revoked, the account store knows.</summary>
public enum ClientCertificateState
{
    /// <summary>Issued by the authority, in its time, for clients.</summary>
    Valid,

    /// <summary>Not issued by the authority.</summary>
    OtherAuthority,

    /// <summary>Its time, or the authority's, is over.</summary>
    Expired,

    /// <summary>Its time has not come.</summary>
    NotYetValid,

    /// <summary>The authority's, but not for clients: a server's, or the authority itself.</summary>
    WrongPurpose,

    /// <summary>It cannot be read.</summary>
    Malformed,
}

/// <summary>What a client certificate is worth by itself, and whose it says that it is.</summary>
/// <param name="State">The verdict.</param>
/// <param name="Account">
/// Its common name when that is a legal account name; otherwise <c>cert-</c> and the first 32 digits of its key's fingerprint, so that every certificate that
/// an operator made belongs to some account. Null unless <see cref="State"/> is <see cref="ClientCertificateState.Valid"/>.
/// </param>
/// <param name="Explanation">Why, on one line, for who presented it; holds nothing secret.</param>
public sealed record ClientCertificateVerdict(ClientCertificateState State, AccountName? Account, string Explanation);
