using Shacache.Testing.Ceph;

namespace Shacache.Blobs.S3.Tests;

/// <summary>Stores in the bucket of a Ceph, each with a prefix of its own.</summary>
internal static class S3TestStore
{
    public static string NewPrefix() => $"{S3Address.Scheme}{CephServer.Bucket}/{Guid.NewGuid():N}";

    public static S3Options OptionsOf(Uri endpoint, string address)
    {
        Assert.True(S3Address.TryParse(address, out S3Address? parsed, out string? problem), problem);
        return new S3Options(parsed) { Endpoint = endpoint, Environment = Variable };
    }

    public static S3BlobStore Open(Uri endpoint, string address) => new(OptionsOf(endpoint, address), comparedByReaderBytes: 0, TimeProvider.System);

    private static string? Variable(string name) => name switch
    {
        "AWS_ACCESS_KEY_ID" => CephServer.AccessKey,
        "AWS_SECRET_ACCESS_KEY" => CephServer.SecretKey,
        _ => null,
    };
}
