using System.Net;
using System.Text.Json;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Tests.Remotes;

/// <summary>A NuGet server, as its clients see it.</summary>
public sealed class NuGetRemoteTests
{
    [Fact]
    public async Task Get_ServiceIndex_LeadsHere_ToWhatThisServerHas()
    {
        await using TextOrigin origin = await StartAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.NuGet, $"http://{origin.Host}/v3/index.json");

        using JsonDocument index = JsonDocument.Parse((await RemoteSite.GetAsync(server, "/remote/nuget/index.json")).Text);
        string[] resources = [.. index.RootElement.GetProperty("resources").EnumerateArray().Select(one => $"{one.GetProperty("@type")} {one.GetProperty("@id")}")];
        Assert.Contains($"PackageBaseAddress/3.0.0 {server.Url}remote/nuget/flat/", resources);
        Assert.Contains($"RegistrationsBaseUrl/3.6.0 {server.Url}remote/nuget/registration/", resources);
        Assert.DoesNotContain(resources, resource => resource.Contains("Search", StringComparison.Ordinal) || resource.Contains(origin.Host, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_Package_IsFoundThroughTheServiceIndex_AndKept()
    {
        await using TextOrigin origin = await StartAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.NuGet, $"http://{origin.Host}/v3/index.json");

        Assert.Equal("the package", (await RemoteSite.GetAsync(server, "/remote/nuget/flat/a.b/1.0.0-rc/a.b.1.0.0-rc.nupkg")).Text);
        Assert.Equal("{\"versions\":[\"1.0.0-RC\"]}", (await RemoteSite.GetAsync(server, "/remote/nuget/flat/a.b/index.json")).Text);
        Assert.Equal(["GET /v3/index.json", "GET /flat2/a.b/index.json", "GET /flat2/a.b/1.0.0-rc/a.b.1.0.0-rc.nupkg"], origin.Requests.Distinct());
        Assert.Equal("hit", RemoteSite.CacheStatus((await RemoteSite.GetAsync(server, "/remote/nuget/flat/a.b/1.0.0-rc/a.b.1.0.0-rc.nupkg")).Answer));
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, "/remote/nuget/flat/a.b/2.0.0/a.b.2.0.0.nupkg")).Answer.StatusCode);
    }

    [Fact]
    public async Task Get_Registration_HasItsLinksToPagesAndPackagesHere_AndAllElseAsItIs()
    {
        await using TextOrigin origin = await StartAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.NuGet, $"http://{origin.Host}/v3/index.json");
        string document = $"{{ \"@id\": \"http://{origin.Host}/reg2/a.b/index.json\", \"x\":\"\\\"http:\\u0041\", \"items\":[{{\"@id\":\"http:\\/\\/{origin.Host}/reg2/a.b/page/1.0.0/2.0.0.json#x\",\"packageContent\":\"http://cdn.test/x/a.b/1.0.0/a.b.1.0.0.nupkg\",\"license\":\"http://example.org/a.b/\"}}]}}";
        origin["/reg2/a.b/index.json"] = document;

        string text = (await RemoteSite.GetAsync(server, "/remote/nuget/registration/a.b/index.json")).Text;

        Assert.Equal(
            document.Replace($"http:\\/\\/{origin.Host}/reg2/", $"{server.Url}remote/nuget/registration/", StringComparison.Ordinal)
                .Replace($"http://{origin.Host}/reg2/", $"{server.Url}remote/nuget/registration/", StringComparison.Ordinal)
                .Replace("http://cdn.test/x/", $"{server.Url}remote/nuget/flat/", StringComparison.Ordinal),
            text);
    }

    [Theory]
    [InlineData("flat/A.b/index.json")]
    [InlineData("flat/a.b/1.0.0/c.1.0.0.nupkg")]
    [InlineData("flat/a.b/1.0.0/a.b.1.0.0.zip")]
    [InlineData("flat/..%2f/index.json")]
    [InlineData("registration/a.b/..%2findex.json")]
    [InlineData("search?q=x")]
    public async Task Get_OtherPath_IsAnsweredWithALine_AndGoesNowhere(string path)
    {
        await using TextOrigin origin = await StartAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.NuGet, $"http://{origin.Host}/v3/index.json");
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, $"/remote/nuget/{path}")).Answer.StatusCode);
        Assert.Empty(origin.Requests);
    }

    private static async Task<TextOrigin> StartAsync()
    {
        TextOrigin origin = await TextOrigin.StartAsync();
        string Resource(string type, string path) => $"{{\"@id\":\"http://{origin.Host}{path}\",\"@type\":\"{type}\"}}";
        origin["/v3/index.json"] = $"{{\"version\":\"3.0.0\",\"resources\":[{Resource("SearchQueryService", "/q")},{Resource("RegistrationsBaseUrl", "/reg1/")},{Resource("RegistrationsBaseUrl/3.6.0", "/reg2/")},{Resource("PackageBaseAddress/3.0.0", "/flat2")}]}}";
        origin["/flat2/a.b/index.json"] = "{\"versions\":[\"1.0.0-RC\"]}";
        origin["/flat2/a.b/1.0.0-rc/a.b.1.0.0-rc.nupkg"] = "the package";
        return origin;
    }
}
