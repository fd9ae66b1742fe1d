namespace Shacache.Client.Binaries;

/// <summary>How an installation ended.</summary>
public enum InstallStatus
{
    /// <summary>The folder of the release is there, whole.</summary>
    Installed,

    /// <summary>There was a folder; it is left alone, and nothing was asked.</summary>
    AlreadyThere,

    /// <summary>The download blacklist has the URL; nothing was asked. The release is to be built.</summary>
    Blacklisted,

    /// <summary>Nothing trusted that fits this machine could be had. The release is to be built.</summary>
    NotAvailable,
}
