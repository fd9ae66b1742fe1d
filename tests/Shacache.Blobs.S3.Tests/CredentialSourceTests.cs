using Shacache.Blobs.S3.Credentials;
using Shacache.Testing;

namespace Shacache.Blobs.S3.Tests;

public sealed class CredentialSourceTests : IDisposable
{
    private const string File = """
        [default]
        aws_access_key_id = AKIDEFAULT
        aws_secret_access_key = s/=cret
        # aws_session_token = none

        [other]
        aws_access_key_id=AKIOTHER
        aws_secret_access_key=secret
        aws_session_token=token
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_Environment_IsTaken()
    {
        _environment["AWS_ACCESS_KEY_ID"] = "AKI";
        _environment["AWS_SECRET_ACCESS_KEY"] = "secret";
        _environment["AWS_SESSION_TOKEN"] = "token";

        Assert.Equal(new AccessKey("AKI", "secret", "token"), Of(null).Find());
    }

    [Theory]
    [InlineData("", "AKIDEFAULT", "s/=cret", null)]
    [InlineData("other", "AKIOTHER", "secret", "token")]
    public void Find_SharedFile_HasTheProfile(string profile, string id, string secret, string? token)
    {
        System.IO.File.WriteAllText(_folder["credentials"], File);
        _environment["AWS_SHARED_CREDENTIALS_FILE"] = _folder["credentials"];
        _environment["AWS_PROFILE"] = profile;

        Assert.Equal(new AccessKey(id, secret, token), Of(null).Find());
    }

    [Fact]
    public void Find_NamedFile_WinsOverTheEnvironment_AndIsReadAgainWhenItChanges()
    {
        System.IO.File.WriteAllText(_folder["named"], File);
        _environment["AWS_ACCESS_KEY_ID"] = "AKI";
        _environment["AWS_SECRET_ACCESS_KEY"] = "secret";
        CredentialSource source = Of(_folder["named"]);
        Assert.Equal("AKIDEFAULT", source.Find().Id);

        System.IO.File.WriteAllText(_folder["named"], File.Replace("AKIDEFAULT", "AKICHANGEDKEY", StringComparison.Ordinal));
        Assert.Equal("AKICHANGEDKEY", source.Find().Id);
    }

    [Fact]
    public void Find_HomeFolder_IsTheLastPlace()
    {
        Directory.CreateDirectory(_folder[".aws"]);
        System.IO.File.WriteAllText(_folder[".aws", "credentials"], File);
        _environment["HOME"] = _folder.Path;

        Assert.Equal("AKIDEFAULT", Of(null).Find().Id);
    }

    [Fact]
    public void Find_NothingUsable_SaysWhereItWasLookedFor_AndNoSecret()
    {
        Assert.Contains("s3-credentials-file", Assert.Throws<CredentialsException>(() => Of(null).Find()).Message, StringComparison.Ordinal);
        Assert.Contains(_folder["none"], Assert.Throws<CredentialsException>(() => Of(_folder["none"]).Find()).Message, StringComparison.Ordinal);
        System.IO.File.WriteAllText(_folder["half"], "[default]\naws_secret_access_key = hidden\n");
        string half = Assert.Throws<CredentialsException>(() => Of(_folder["half"]).Find()).Message;
        Assert.Contains("[default]", half, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", half, StringComparison.Ordinal);
        _environment["AWS_ACCESS_KEY_ID"] = "AKI";
        Assert.Contains("AWS_SECRET_ACCESS_KEY", Assert.Throws<CredentialsException>(() => Of(null).Find()).Message, StringComparison.Ordinal);
    }

    private CredentialSource Of(string? file) => new(file, name => _environment.GetValueOrDefault(name));
}
