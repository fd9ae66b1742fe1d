using Shacache.Core.Accounts;

namespace Shacache.Http.Accounts.Callers;

/// <summary>What callers may do, and how often.</summary>
public sealed class AccountOptions
{
    /// <summary>The rights of a certificate of the authority that names no account: one that the operator made elsewhere.</summary>
    public AccountRights CertificateRights { get; set; } = AccountRights.Uploader;

    /// <summary>Whether who presents no credential may upload and index everything, although there are accounts.</summary>
    public bool AllowAnonymousUpload { get; set; }

    /// <summary>The most uploads of one account in a minute, objects and entries together; 0 for any number.</summary>
    public int AccountUploadsPerMinute { get; set; } = 6000;

    /// <summary>The most uploads from one address in a minute, objects and entries together; 0 for any number. Loopback is never limited.</summary>
    public int AddressUploadsPerMinute { get; set; } = 6000;

    /// <summary>The most credentials from one address that are found bad in a minute; 0 for any number. Loopback is never limited.</summary>
    public int BadCredentialsPerMinute { get; set; } = 30;

    /// <summary>The most requests for accounts from one address in a minute; 0 for any number. Loopback is never limited.</summary>
    public int AccountRequestsPerMinute { get; set; } = 20;

    /// <summary>How many requests for accounts wait at most.</summary>
    public AccountRequestLimits RequestLimits { get; set; } = AccountRequestLimits.Default;
}
