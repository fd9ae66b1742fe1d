using System.Net;
using System.Security.Cryptography;
using System.Text;
using Shacache.Http.Remotes.Indexes;
using Shacache.Testing;

namespace Shacache.Http.Tests.Remotes;

/// <summary>A repository of Maven, as its tools see it.</summary>
public sealed class MavenRemoteTests
{
    private const string Folder = "/m/org/x/a/1.0/";

    [Theory]
    [InlineData("sha1", "{0}")]
    [InlineData("sha1", "{0}  a-1.0.jar\n")]
    [InlineData("md5", "MD5 (a-1.0.jar) = {0}")]
    [InlineData("sha512", "{0}")]
    [InlineData("sha256", "{0}\r\n")]
    public async Task Get_Artifact_IsWhatTheChecksumFileSays_OrIsNotHandedOut(string algorithm, string form)
    {
        await using TextOrigin origin = await TextOrigin.StartAsync();
        origin[$"{Folder}a-1.0.jar.{algorithm}"] = form.Replace("{0}", Hash(algorithm, "right"), StringComparison.Ordinal);
        origin[$"{Folder}a-1.0.pom.{algorithm}"] = form.Replace("{0}", Hash(algorithm, "another"), StringComparison.Ordinal);
        origin[$"{Folder}a-1.0.jar"] = "right";
        origin[$"{Folder}a-1.0.pom"] = "wrong";
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Maven, $"http://{origin.Host}/m/");

        Assert.Equal("right", (await RemoteSite.GetAsync(server, "/remote/maven/org/x/a/1.0/a-1.0.jar")).Text);
        (HttpResponseMessage answer, string line) = await RemoteSite.GetAsync(server, "/remote/maven/org/x/a/1.0/a-1.0.pom");
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains($"the index says {algorithm}-", line, StringComparison.Ordinal);
        int asked = origin.Requests.Length;
        Assert.Equal(form.Replace("{0}", Hash(algorithm, "right"), StringComparison.Ordinal), (await RemoteSite.GetAsync(server, $"/remote/maven/org/x/a/1.0/a-1.0.jar.{algorithm}")).Text);
        Assert.Equal("hit", RemoteSite.CacheStatus((await RemoteSite.GetAsync(server, "/remote/maven/org/x/a/1.0/a-1.0.jar")).Answer));
        Assert.Equal(asked, origin.Requests.Length);
    }

    [Fact]
    public async Task Get_ArtifactWithoutAChecksumFile_IsKeptAsItCame()
    {
        await using TextOrigin origin = await TextOrigin.StartAsync();
        origin[$"{Folder}a-1.0.jar"] = "first";
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Maven, $"http://{origin.Host}/m/");
        Assert.Equal("first", (await RemoteSite.GetAsync(server, "/remote/maven/org/x/a/1.0/a-1.0.jar")).Text);
        origin[$"{Folder}a-1.0.jar"] = "second";
        Assert.Equal("first", (await RemoteSite.GetAsync(server, "/remote/maven/org/x/a/1.0/a-1.0.jar")).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, "/remote/maven/org/x/a/1.0/a-1.0.war")).Answer.StatusCode);
    }

    [Fact]
    public async Task Get_Metadata_AndItsChecksum_AreOfOneState()
    {
        var time = new ManualTimeProvider();
        const string Path = "/remote/maven/org/x/a/maven-metadata.xml";
        string old = "<metadata><versioning><versions><version>1.0</version></versions></versioning></metadata>";
        await using TextOrigin origin = await TextOrigin.StartAsync();
        origin["/m/org/x/a/maven-metadata.xml"] = old;
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Maven, $"http://{origin.Host}/m/", time: time);
        Assert.Equal(old, (await RemoteSite.GetAsync(server, Path)).Text);

        origin["/m/org/x/a/maven-metadata.xml"] = "<metadata/>";
        foreach (string algorithm in (string[])["sha1", "md5", "sha256", "sha512"])
            Assert.Equal(Hash(algorithm, old), (await RemoteSite.GetAsync(server, $"{Path}.{algorithm}")).Text);
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(Hash("sha1", "<metadata/>"), (await RemoteSite.GetAsync(server, $"{Path}.sha1")).Text);
        Assert.Equal("<metadata/>", (await RemoteSite.GetAsync(server, Path)).Text);

        // Not a page that came in its place.
        origin["/m/org/x/a/maven-metadata.xml"] = "<html></html>";
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal("<metadata/>", (await RemoteSite.GetAsync(server, Path)).Text);
    }

    [Fact]
    public async Task Get_Snapshot_IsForEverWithADate_AndNotWithout()
    {
        var time = new ManualTimeProvider();
        string[] files = ["1.0-SNAPSHOT/a-1.0-20240101.000000-1.jar", "1.0-SNAPSHOT/a-1.0-SNAPSHOT.jar"];
        await using TextOrigin origin = await TextOrigin.StartAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Maven, $"http://{origin.Host}/m/", time: time);
        foreach (string state in (string[])["old", "new"])
        {
            foreach (string file in files)
                origin[$"/m/org/x/a/{file}"] = state;
            Assert.Equal("old", (await RemoteSite.GetAsync(server, $"/remote/maven/org/x/a/{files[0]}")).Text);
            Assert.Equal(state, (await RemoteSite.GetAsync(server, $"/remote/maven/org/x/a/{files[1]}")).Text);
            time.Advance(TimeSpan.FromDays(1));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("org/x/")]
    [InlineData("org/..%2fx/a.jar")]
    [InlineData("/other.test/a.jar")]
    public async Task Get_OtherPath_IsAnsweredWithALine_AndGoesNowhere(string path)
    {
        await using TextOrigin origin = await TextOrigin.StartAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Maven, $"http://{origin.Host}/");
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, $"/remote/maven/{path}")).Answer.StatusCode);
        Assert.Empty(origin.Requests);
    }

#pragma warning disable CA5350, CA5351 // What repositories have.
    private static string Hash(string algorithm, string text) => Convert.ToHexStringLower(algorithm switch
    {
        "md5" => MD5.HashData(Encoding.UTF8.GetBytes(text)),
        "sha1" => SHA1.HashData(Encoding.UTF8.GetBytes(text)),
        "sha256" => SHA256.HashData(Encoding.UTF8.GetBytes(text)),
        _ => SHA512.HashData(Encoding.UTF8.GetBytes(text)),
    });
#pragma warning restore CA5350, CA5351
}
