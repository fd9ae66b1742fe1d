namespace Shacache.Client.Errors;

/// <summary>A configuration file, an option in it, or a file that an option names cannot be used. Nothing was sent.</summary>
public sealed class NetworkCacheConfigurationException : NetworkCacheException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One line that names the place and the problem.</param>
    /// <param name="innerException">The cause.</param>
    public NetworkCacheConfigurationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The configuration file; null when the options came from elsewhere.</summary>
    public string? File { get; init; }

    /// <summary>The line of the file, from 1; null when none is to blame.</summary>
    public int? Line { get; init; }

    /// <summary>The section, such as <c>networkcache</c>; null when none is to blame.</summary>
    public string? Section { get; init; }

    /// <summary>The option in lower case, such as <c>upload-cache-url</c>; null when none is to blame.</summary>
    public string? Option { get; init; }
}
