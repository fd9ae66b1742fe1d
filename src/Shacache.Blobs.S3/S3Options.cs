using Shacache.Blobs.S3.Credentials;
using Shacache.Blobs.S3.Requests;

namespace Shacache.Blobs.S3;

/// <summary>Which object store is used, and how.</summary>
/// <param name="Address">Bucket and prefix.</param>
public sealed record S3Options(S3Address Address)
{
    /// <summary>The region that requests are signed for, unless another is named.</summary>
    public const string DefaultRegion = "us-east-1";

    /// <summary>The URL of the store, http or https; null for Amazon's of the region.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The region that requests are signed for.</summary>
    public string Region { get; init; } = DefaultRegion;

    /// <summary>Whether the bucket stands in the path of URLs; otherwise it is part of the host's name.</summary>
    public bool IsPathStyle { get; init; } = true;

    /// <summary>A shared credentials file; null for the environment, or the file that every S3 tool reads.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>The URL under which clients see the store, for redirects; null for <see cref="Endpoint"/>.</summary>
    public Uri? PublicEndpoint { get; init; }

    /// <summary>From this length on clients that can are sent to the store; null for never.</summary>
    public long? RedirectFromBytes { get; init; }

    /// <summary>Reads a variable of the environment.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    internal BucketUrl ToUrl() => new(Endpoint ?? AmazonEndpoint, Address.Bucket, IsPathStyle);

    internal BucketUrl ToPublicUrl() => PublicEndpoint is null ? ToUrl() : new BucketUrl(PublicEndpoint, Address.Bucket, IsPathStyle);

    internal CredentialSource ToCredentials() => new(CredentialsFile, Environment);

    private Uri AmazonEndpoint => new($"https://s3.{Region}.amazonaws.com");
}
