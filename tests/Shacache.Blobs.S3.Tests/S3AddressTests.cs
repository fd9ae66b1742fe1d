namespace Shacache.Blobs.S3.Tests;

public sealed class S3AddressTests
{
    [Theory]
    [InlineData("s3://bucket", "bucket", "")]
    [InlineData("S3://my-bucket.eu/", "my-bucket.eu", "")]
    [InlineData("s3://bucket/a/b", "bucket", "a/b/")]
    [InlineData("s3://bucket/a/", "bucket", "a/")]
    public void TryParse_Address_HasBucketAndPrefix(string text, string bucket, string prefix)
    {
        Assert.True(S3Address.TryParse(text, out S3Address? address, out _));
        Assert.Equal((bucket, prefix), (address.Bucket, address.Prefix));
        Assert.True(S3Address.TryParse(address.ToString(), out S3Address? again, out _));
        Assert.Equal(address, again);
    }

    [Theory]
    [InlineData("bucket")]
    [InlineData("https://bucket/a")]
    [InlineData("s3://")]
    [InlineData("s3://ab")]
    [InlineData("s3://a..b")]
    [InlineData("s3://user@bucket")]
    [InlineData("s3://bucket/a//b")]
    [InlineData("s3://bucket/../b")]
    [InlineData("s3://bucket/a b")]
    [InlineData("s3://bucket/a?x=y")]
    public void TryParse_SomethingElse_SaysWhatIsWrong(string text)
    {
        Assert.False(S3Address.TryParse(text, out _, out string? problem));
        Assert.NotEmpty(problem);
    }
}
