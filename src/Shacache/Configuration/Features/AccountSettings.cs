using Shacache.Core.Accounts;

namespace Shacache.Cli.Configuration;

/// <summary>The part of the table that is about accounts.</summary>
internal static class AccountSettingKeys
{
    private const int MostPerMinute = 1_000_000;

    public static IReadOnlyList<SettingKey> All { get; } =
    [
        new("account-ca", SettingUnit.Path, "",
            "PEM file with the certificate of the authority that issues client certificates; none: ca/ca.crt in the data folder. Uploads need an account as soon as it is there.",
            (settings, text) => SettingValues.OptionalFile(text, value => settings.AccountCa = value)),
        new("account-ca-key", SettingUnit.Path, "",
            "PEM file with the authority's private key; none: beside its certificate, ending in .key. Without it the server judges certificates, and issues none.",
            (settings, text) => SettingValues.OptionalFile(text, value => settings.AccountCaKey = value)),
        new("certificate-rights", SettingUnit.Rights, AccountRights.Uploader.ToString(),
            "What a certificate of the authority may do that names no account, since the operator made it elsewhere.",
            (settings, text) => SettingValues.Rights(text, value => settings.CertificateRights = value)),
        new("account-upload-rate", SettingUnit.Number, "6000", "Uploads of one account in a minute, objects and entries together; 0 is any number.",
            (settings, text) => SettingValues.Number(text, 0, MostPerMinute, value => settings.AccountUploadsPerMinute = value)),
        new("address-upload-rate", SettingUnit.Number, "6000",
            "Uploads from one address in a minute, objects and entries together; 0 is any number. This machine itself is not limited.",
            (settings, text) => SettingValues.Number(text, 0, MostPerMinute, value => settings.AddressUploadsPerMinute = value)),
        new("bad-credential-rate", SettingUnit.Number, "30",
            "Credentials from one address in a minute that are found bad; further ones are not looked at. 0 is any number. This machine itself is not limited.",
            (settings, text) => SettingValues.Number(text, 0, MostPerMinute, value => settings.BadCredentialsPerMinute = value)),
        new("account-request-rate", SettingUnit.Number, "20",
            "Requests for accounts from one address in a minute; 0 is any number. This machine itself is not limited.",
            (settings, text) => SettingValues.Number(text, 0, MostPerMinute, value => settings.AccountRequestsPerMinute = value)),
    ];
}
