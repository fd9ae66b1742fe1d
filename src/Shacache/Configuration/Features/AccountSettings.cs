using Shacache.Cli.Configuration.Declaration;
using Shacache.Core.Accounts;
using Shacache.Http.Access;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Entries;

namespace Shacache.Cli.Configuration.Features;

/// <summary>Who may do what, and how often.</summary>
internal sealed class AccountSettings
{
    private static readonly SettingUnit<int> PerMinute = Units.Number(0, 1_000_000);

    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "read-only", Units.Switch, "Refuse every upload.",
            settings => settings.Cache.ReadOnly, (settings, value) => settings.Cache.ReadOnly = value },
        { "allow-anonymous-upload", Units.Switch, "Let everyone who can connect upload without an account.",
            settings => settings.Accounts.Options.AllowAnonymousUpload, (settings, value) => settings.Accounts.Options.AllowAnonymousUpload = value },
        { "read-access", Units.Word("is no audience", StringComparison.Ordinal, "anyone", "accounts"),
            "Who may read content, listings and pages, and use the gateway: anyone, or accounts for every account that is in force.",
            settings => (int)settings.Cache.ReadAccess, (settings, value) => settings.Cache.ReadAccess = (ReadAudience)value },
        { "key-listing", Units.Word("is no audience", StringComparison.Ordinal, "administrators", "accounts", "anyone"),
            "Who may list the keys of the directory: administrators for accounts that may administer, accounts for every account, anyone.",
            settings => (int)settings.Cache.KeyListing, (settings, value) => settings.Cache.KeyListing = (KeyListingAudience)value },
        { "account-ca", Units.Path,
            "PEM file with the certificate of the authority that issues client certificates; none: ca/ca.crt in the data folder. Uploads need an account as soon as it is there.",
            settings => settings.Accounts.AuthorityCertificate, (settings, value) => settings.Accounts.AuthorityCertificate = value },
        { "account-ca-key", Units.Path,
            "PEM file with the authority's private key; none: next to its certificate, ending in .key. Without it the server judges certificates, and issues none.",
            settings => settings.Accounts.AuthorityKey, (settings, value) => settings.Accounts.AuthorityKey = value },
        { "certificate-rights", new SettingUnit<AccountRights>("rights", ParseRights, rights => rights.ToString()),
            "The rights of a certificate of the authority without an account of its name, since the operator made it elsewhere.",
            settings => settings.Accounts.Options.CertificateRights, (settings, value) => settings.Accounts.Options.CertificateRights = value },
        { "account-upload-rate", PerMinute, "Uploads of one account in a minute, blobs and entries together; 0 is any number.",
            settings => settings.Accounts.Options.AccountUploadsPerMinute, (settings, value) => settings.Accounts.Options.AccountUploadsPerMinute = value },
        { "address-upload-rate", PerMinute,
            "Uploads from one address in a minute, blobs and entries together; 0 is any number. This machine itself is not limited.",
            settings => settings.Accounts.Options.AddressUploadsPerMinute, (settings, value) => settings.Accounts.Options.AddressUploadsPerMinute = value },
        { "bad-credential-rate", PerMinute,
            "Credentials from one address in a minute that are found bad; further ones are not looked at. 0 is any number. This machine itself is not limited.",
            settings => settings.Accounts.Options.BadCredentialsPerMinute, (settings, value) => settings.Accounts.Options.BadCredentialsPerMinute = value },
        { "account-request-rate", PerMinute, "Requests for accounts from one address in a minute; 0 is any number. This machine itself is not limited.",
            settings => settings.Accounts.Options.AccountRequestsPerMinute, (settings, value) => settings.Accounts.Options.AccountRequestsPerMinute = value },
    };

    public AccountOptions Options { get; } = new();

    /// <summary>PEM file of the authority's certificate; null for the one in the data folder, which may be missing.</summary>
    public string? AuthorityCertificate { get; set; }

    /// <summary>PEM file of the authority's private key; null for the one beside its certificate, which may be missing.</summary>
    public string? AuthorityKey { get; set; }

    /// <summary>Where the certificate authority is, or will be.</summary>
    /// <param name="dataFolder">The data folder.</param>
    public CertificateAuthorityFiles AuthorityFiles(string dataFolder)
    {
        string certificate = AuthorityCertificate ?? CertificateAuthorityFiles.In(dataFolder).CertificatePath;
        return new CertificateAuthorityFiles(certificate, AuthorityKey ?? Path.ChangeExtension(certificate, ".key"));
    }

    private static string? ParseRights(string text, out AccountRights rights)
    {
        bool isRight = AccountRights.TryParse(text, out AccountRights? read, out string? problem);
        rights = read ?? AccountRights.None;
        return isRight ? null : $"names no rights: {problem!.TrimEnd('.')}";
    }
}
