using Shacache.Core.Urls;

namespace Shacache.Core.Tests.Urls;

public sealed class UrlSecretsTests
{
    [Theory]
    [InlineData("https://user:hidden@example.org/a", "user and password", "https://***@example.org/a")]
    [InlineData("https://hidden@example.org/a", "user and password", "https://***@example.org/a")]
    [InlineData("HTTPS://user:@example.org/a", "user and password", "HTTPS://***@example.org/a")]
    [InlineData("git+https://user:hidden@example.org/a.git", "user and password", "git+https://***@example.org/a.git")]
    [InlineData("https://user:hid@den@example.org/a", "user and password", "https://***@example.org/a")]
    [InlineData("ssh://git:hidden@example.org/a", "user and password", "ssh://***@example.org/a")]
    [InlineData("see https://user:hidden@example.org/a", "user and password", "see https://***@example.org/a")]
    [InlineData("https://example.org/a?token=hidden&x=1", "the parameter token", "https://example.org/a?token=***&x=1")]
    [InlineData("https://example.org/a?x=1&access_token=hidden", "the parameter access_token", "https://example.org/a?x=1&access_token=***")]
    [InlineData("https://example.org/a?PRIVATE-TOKEN=hidden", "the parameter PRIVATE-TOKEN", "https://example.org/a?PRIVATE-TOKEN=***")]
    [InlineData("https://example.org/a?private_token=hidden", "the parameter private_token", "https://example.org/a?private_token=***")]
    [InlineData("https://example.org/a?X-Amz-Signature=hidden", "the parameter X-Amz-Signature", "https://example.org/a?X-Amz-Signature=***")]
    [InlineData("https://example.org/a?X-Amz-Security-Token=hidden", "the parameter X-Amz-Security-Token", "https://example.org/a?X-Amz-Security-Token=***")]
    [InlineData("https://example.org/a?X-Goog-Signature=hidden", "the parameter X-Goog-Signature", "https://example.org/a?X-Goog-Signature=***")]
    [InlineData("https://example.org/a?sv=1&sig=hidden", "the parameter sig", "https://example.org/a?sv=1&sig=***")]
    [InlineData("https://example.org/a?Signature=hidden", "the parameter Signature", "https://example.org/a?Signature=***")]
    [InlineData("https://example.org/a?api_key=hidden", "the parameter api_key", "https://example.org/a?api_key=***")]
    [InlineData("https://example.org/a?key=hidden0123456789ab", "the parameter key", "https://example.org/a?key=***")]
    [InlineData("https://example.org/a?password=hidden", "the parameter password", "https://example.org/a?password=***")]
    [InlineData("https://example.org/a?%74oken=hidden", "the parameter %74oken", "https://example.org/a?%74oken=***")]
    [InlineData("https://example.org/a;jsessionid=hidden", "the parameter jsessionid", "https://example.org/a;jsessionid=***")]
    [InlineData("https://example.org/a#access_token=hidden", "the parameter access_token", "https://example.org/a#access_token=***")]
    [InlineData("https://example.org/a?to=https%3A%2F%2Fuser%3Ahidden%40b.example%2F", "user and password", "https://example.org/a?***")]
    [InlineData("https://example.org/a?to=https://b.example/?password=hidden", "the parameter password", "https://example.org/a?to=https://b.example/?password=***")]
    [InlineData("https://example.org/a?to=https://b.example/?x=1&password=hidden?hidden", "the parameter password", "https://example.org/a?to=https://b.example/?x=1&password=***")]
    [InlineData("https://example.org/ghp_hidden01234567890123456789/a", "a token", "https://example.org/***/a")]
    [InlineData("https://example.org/glpat-hidden01234567890123/a", "a token", "https://example.org/***/a")]
    public void Find_Credential_IsFoundAndNotShown(string url, string found, string redacted)
    {
        Assert.Equal((found, redacted), (UrlSecrets.Find(url), UrlSecrets.Redact(url)));
        Assert.DoesNotContain("hidden", redacted, StringComparison.Ordinal);
        Assert.Null(UrlSecrets.Find(redacted));
    }

    [Theory]
    [InlineData("https://example.org/foo-1.2.tar.gz")]
    [InlineData("https://example.org/@scope/package/-/package-1.0.tgz")]
    [InlineData("https://example.org/a?x=me@example.org")]
    [InlineData("https://example.org/a?token=")]
    [InlineData("https://example.org/a?key=release.asc")]
    [InlineData("https://example.org/a?tokenizer=x&author=y&design=z&passes=3")]
    [InlineData("https://example.org/a#md5=0cc175b9c0f1b6a831c399e269772661")]
    [InlineData("https://example.org/a%20b%2Bc?x=%7E")]
    [InlineData("ssh://git@example.org/a.git")]
    [InlineData("git@example.org:a.git")]
    [InlineData("/srv/a@b/software.cfg")]
    [InlineData("")]
    public void Find_NoCredential_FindsNothingAndChangesNothing(string url) => Assert.Equal((null, url), (UrlSecrets.Find(url), UrlSecrets.Redact(url)));

    [Theory]
    [InlineData("password", "x", true)]
    [InlineData("upload-token", "x", true)]
    [InlineData("apiKey", "x", true)]
    [InlineData("password", "", false)]
    [InlineData("signature", "x", false)]
    [InlineData("key", "file-urlmd5:0cc175b9c0f1b6a831c399e269772661", false)]
    [InlineData("url", "https://user:x@example.org/", true)]
    [InlineData("note", "-----BEGIN RSA PRIVATE KEY-----", true)]
    [InlineData("ETag", "\"abc\"", false)]
    public void Find_Member_CountsItsNameToo(string member, string value, bool isSecret) => Assert.Equal(isSecret, UrlSecrets.Find(member, value) is not null);
}
