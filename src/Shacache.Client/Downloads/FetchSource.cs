namespace Shacache.Client.Downloads;

/// <summary>Where a file came from.</summary>
public enum FetchSource
{
    /// <summary>The network cache: signed by a trusted key, and of the digest that was signed.</summary>
    Cache,

    /// <summary>The server that the URL names.</summary>
    Origin,
}
