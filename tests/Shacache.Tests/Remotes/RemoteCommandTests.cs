using System.Net;
using Shacache.Cli.Running;
using Shacache.Tests.Serving;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>The commands <c>remote …</c>, which ask a running server.</summary>
public sealed class RemoteCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ListAndCheck_SayWhatThereIs_AndWhatDoesNotAnswer()
    {
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await PackageOrigin.StartAsync();
        origin.Publish("/", "text/html", "<html></html>");
        using ServerProcess server = await PackageTool.ServeAsync(folder, "npm", origin.Url, $"\n[remote away]\ntype = files\nurl = {origin.Url}/\noffline = true\n\n[remote crates]\ntype = cargo\nurl = {origin.Url}/index/\n");

        ProgramResult list = (await RunAsync(folder, "list")).AssertDone();
        Assert.Matches($"(?m)^npm +npm +/remote/npm/ +{origin.Url}/ +-", list.Text);
        Assert.Matches("(?m)^away +files .* offline", list.Text);

        // Its index has no config.json yet.
        ProgramResult check = await RunAsync(folder, "check");
        Assert.Equal(1, check.ExitCode);
        Assert.Matches("(?m)^npm .* ok", check.Text);
        Assert.Matches("(?m)^crates .* 404", check.Text);
        Assert.DoesNotContain("away", check.Text, StringComparison.Ordinal);
        origin.AddCrates();
        (await RunAsync(folder, "check")).AssertDone();
        await origin.SwitchOffAsync();
        check = await RunAsync(folder, "check", "--json");
        Assert.Equal(1, check.ExitCode);
        Assert.Equal(2, check.Text.Split("cannot be reached").Length - 1);
    }

    [Fact]
    public async Task Forget_PackageOrUrl_IsAskedForAnew()
    {
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await PackageOrigin.StartAsync();
        origin.AddWheel("part1", [], isHtml: false);
        using ServerProcess server = await PackageTool.ServeAsync(folder, "pypi", $"{origin.Url}/simple/");
        using var client = new HttpClient();
        string page = new Uri(server.Url, "/remote/pypi/simple/part1/").AbsoluteUri;

        async Task<int> FetchAsync()
        {
            int before = origin.Requests.Count;
            string text = await client.GetStringAsync(page, Token);
            string link = text[(text.IndexOf("href=\"", StringComparison.Ordinal) + 6)..].Split('#')[0];
            using HttpResponseMessage answer = await client.GetAsync(link, Token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return origin.Requests.Count - before;
        }

        Assert.Equal(2, await FetchAsync());
        Assert.Equal(0, await FetchAsync());
        Assert.Equal(3, (await RunAsync(folder, "forget", "pypi:part2")).ExitCode);
        Assert.Equal(3, (await RunAsync(folder, "forget", "https://example.org/never-seen")).ExitCode);
        Assert.Equal(1, (await RunAsync(folder, "forget", "part1")).ExitCode);

        // The page, and the file: by package, by version, by the URL at the origin and by that of this server.
        foreach (string subject in (string[])["pypi:Part1", "pypi:part1=1.0"])
        {
            (await RunAsync(folder, "forget", subject)).AssertDone();
            Assert.Equal(2, await FetchAsync());
        }

        foreach (string subject in (string[])[$"{origin.Url}/simple/part1/", page, $"{origin.Url}/files/part1-1.0-py3-none-any.whl"])
        {
            (await RunAsync(folder, "forget", subject)).AssertDone();
            Assert.Equal(1, await FetchAsync());
        }

        Assert.Equal(3, (await RunAsync(folder, "forget", "pypi:part1=2.0")).ExitCode);
    }

    [Fact]
    public async Task Prefetch_LockFile_MakesTheServerAnswerWithoutTheOrigin_AndGoesOnAfterAFailure()
    {
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await PackageOrigin.StartAsync();
        origin.AddNpm("part0", ["@s/part1"]);
        origin.AddNpm("@s/part1", []);
        using ServerProcess server = await PackageTool.ServeAsync(folder, "npm", origin.Url, "index-ttl = 0\n");
        string Package(string name) => $"\"node_modules/{name}\":{{\"version\":\"1.0.0\",\"resolved\":\"https://registry.npmjs.org/{name}/-/x-1.0.0.tgz\"}}";
        File.WriteAllText(folder["package-lock.json"], $"{{\"lockfileVersion\":3,\"packages\":{{\"\":{{}},{Package("part0")},{Package("part0/node_modules/@s/part1")},{Package("missing")}}}}}");

        ProgramResult first = await RunAsync(folder, "prefetch", "package-lock.json", "--json");
        Assert.Equal(1, first.ExitCode);
        Assert.Contains("npm:missing=1.0.0", first.Error, StringComparison.Ordinal);
        Assert.Contains("\"fetched\": 2", first.Text, StringComparison.Ordinal);
        origin.AddNpm("missing", []);

        // That it was missing is remembered for some seconds.
        ProgramResult second = await RunAsync(folder, "prefetch", "package-lock.json", "--json");
        for (int attempt = 0; attempt < 60 && second.ExitCode != 0; attempt++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), Token);
            second = await RunAsync(folder, "prefetch", "package-lock.json", "--json");
        }

        second.AssertDone();
        Assert.Contains("\"fetched\": 1", second.Text, StringComparison.Ordinal);
        Assert.Contains("\"here\": 2", second.Text, StringComparison.Ordinal);
        await origin.SwitchOffAsync();
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("Accept", "application/vnd.npm.install-v1+json");
        foreach (string path in (string[])["part0", "part0/-/part0-1.0.0.tgz", "@s%2fpart1", "@s/part1/-/part1-1.0.0.tgz", "missing/-/missing-1.0.0.tgz"])
            Assert.NotEmpty(await client.GetByteArrayAsync(new Uri(server.Url, $"/remote/npm/{path}"), Token));
        Assert.Equal(1, (await RunAsync(folder, "prefetch", "package-lock.json", "--remote", "other")).ExitCode);
    }

    [Fact]
    public async Task List_ServerWithoutRemotes_IsNotFound()
    {
        using var folder = new TemporaryFolder();
        using ServerProcess server = await ServerProcess.StartAsync("serve", "--data", folder["data"], "--listen", "http://127.0.0.1:0");
        Assert.Equal(3, (await RunAsync(folder, "list")).ExitCode);
    }

    private static Task<ProgramResult> RunAsync(TemporaryFolder folder, string command, params string[] arguments) =>
        ShacacheProgram.RunAsync(folder.Path, ["remote", command, .. arguments, "--data", folder["data"]]);
}
