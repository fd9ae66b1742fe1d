using Shacache.Blobs.S3.Credentials;
using Shacache.Blobs.S3.Requests;

namespace Shacache.Blobs.S3.Tests;

public sealed class RequestSignerTests
{
    /// <summary>The example of Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters".</summary>
    [Fact]
    public void Presign_ExampleOfTheReference_HasItsSignature()
    {
        var key = new AccessKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", null);
        var bucket = new BucketUrl(new Uri("https://s3.amazonaws.com"), "examplebucket", isPathStyle: false);

        string url = new RequestSigner("us-east-1").Presign(
            key, "GET", bucket, bucket.PathOf("test.txt"), TimeSpan.FromDays(1), new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero));

        Assert.StartsWith("https://examplebucket.s3.amazonaws.com/test.txt?", url, StringComparison.Ordinal);
        Assert.EndsWith("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404", url, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:7480", true, "http://127.0.0.1:7480", "/bucket/a/b")]
    [InlineData("https://s3.example/base/", true, "https://s3.example", "/base/bucket/a/b")]
    [InlineData("https://s3.example", false, "https://bucket.s3.example", "/a/b")]
    public void PathOf_Key_IsWhereTheStyleHasIt(string endpoint, bool isPathStyle, string origin, string path)
    {
        var url = new BucketUrl(new Uri(endpoint), "bucket", isPathStyle);

        Assert.Equal((origin, path), (url.Origin, url.PathOf("a/b")));
    }
}
