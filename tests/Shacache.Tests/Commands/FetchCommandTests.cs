using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Core.Entries;
using Shacache.Testing;
using Shacache.Testing.Tls;

namespace Shacache.Cli.Commands;

public sealed class FetchCommandTests(CacheSite site) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly OriginSite _origin = new();

    public async ValueTask InitializeAsync() => await _origin.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _origin.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Run_TwiceAndThenWithoutOrigin_ComesFromOriginThenCache()
    {
        byte[] content = Content.Random(3_000_000);
        string url = _origin.Publish("foo-1.2.tar.gz", content);
        Assert.Equal("foo-1.2.tar.gz: 3000000 bytes from the origin, contributed\n", (await RunAsync(url, "-O")).AssertDone().Text);
        Assert.Equal("bar: 3000000 bytes from the cache\n", (await RunAsync(url, "-o", "bar", "--sha256", Convert.ToHexString(SHA256.HashData(content)))).AssertDone().Text);
        await _origin.SwitchOffAsync();
        Assert.Equal(content, (await RunAsync(url)).AssertDone().Output);
        Assert.Equal("", (await RunAsync(url, "-d", ".", "-q", "--offline")).AssertDone().Text);
        Assert.Equal(content, File.ReadAllBytes(_folder["foo-1.2.tar.gz"]));
        Assert.Equal(content, File.ReadAllBytes(_folder["bar"]));
        Assert.Equal(1, _origin.RequestCount);
    }

    [Fact]
    public async Task Run_List_FetchesInParallelAndTellsOfEach()
    {
        byte[][] contents = [.. Enumerable.Range(0, 12).Select(i => Content.Random(i * 10_000))];
        string[] urls = [.. contents.Select((content, i) => _origin.Publish($"list-{i}", content))];
        Directory.CreateDirectory(_folder["got"]);
        File.WriteAllLines(_folder["list"], ["# sources", "", .. urls.Skip(1).Select((url, i) => $"  {url}  file=f{i + 1} sha512={Hex(contents[i + 1])} # one")]);

        OriginHold hold = _origin.Hold(afterBytes: 0);
        Task<ProgramResult> running = RunAsync(urls[0], "--from-file", "list", "--directory", "got", "--json", "--jobs", "6");
        await hold.WaitAsync(answers: 6);
        hold.Release();
        JsonElement first = Json(await running);
        await _origin.SwitchOffAsync();
        JsonElement second = Json(await RunAsync(urls[0], "--from-file", "list", "--directory", "got", "--json", "--offline"));

        Assert.Equal((12, 0), (first.GetProperty("fetched").GetInt32(), first.GetProperty("failed").GetInt32()));
        Assert.All(first.GetProperty("files").EnumerateArray(), file => Assert.Equal("origin", file.GetProperty("source").GetString()));
        Assert.All(first.GetProperty("files").EnumerateArray(), file => Assert.True(file.GetProperty("contributed").GetBoolean()));
        Assert.All(second.GetProperty("files").EnumerateArray(), file => Assert.Equal("cache", file.GetProperty("source").GetString()));
        Assert.Equal(urls, second.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("url").GetString()));
        Assert.Equal(contents[0], File.ReadAllBytes(_folder["got", "list-0"]));
        Assert.All(Enumerable.Range(1, 11), i => Assert.Equal(contents[i], File.ReadAllBytes(_folder["got", $"f{i}"])));
        Assert.Equal(6, _origin.MaxConcurrentRequests);
    }

    [Fact]
    public async Task Run_SomeFail_TheOthersAreThere()
    {
        string good = _origin.Publish("good", Content.Random(1000));
        string missing = _origin.Url + "/missing";
        ProgramResult result = await RunAsync(good, missing, "--json");
        Assert.Equal(1, result.ExitCode);
        Assert.True(File.Exists(_folder["good"]));
        Assert.False(File.Exists(_folder["missing"]));
        Assert.Equal(
            $"shacache: GET {missing}: the server answered 404 Not Found.\nshacache: 1 of 2 files could not be fetched.\n", result.Error);
        Assert.Contains("404", JsonDocument.Parse(result.Output).RootElement.GetProperty("files")[1].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OfflineAndNotCached_Is3()
    {
        string url = _origin.Publish("never", Content.Random(1000));
        ProgramResult one = await RunAsync(url, "--offline", "-O");
        Assert.Equal((3, ""), (one.ExitCode, one.Text));
        Assert.StartsWith($"shacache: {url} is not to be had offline: the network cache lists nothing trusted for it (key file-urlmd5:", one.Error, StringComparison.Ordinal);
        ProgramResult two = await RunAsync(url, _origin.Url + "/other", "--offline");
        Assert.Equal(3, two.ExitCode);
        Assert.EndsWith("shacache: 2 of 2 files could not be fetched.\n", two.Error, StringComparison.Ordinal);
        Assert.Equal(0, _origin.RequestCount);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Run_WrongChecksum_Is1AndKeepsTheOldFile()
    {
        byte[] content = Content.Random(1000);
        string url = _origin.Publish("checked", content);
        File.WriteAllText(_folder["checked"], "old");
        string wrong = Hex([1]);
        (await RunAsync(url, "-O", "--sha512", wrong)).AssertFails(
            1, $"shacache: {url}: the 1000 bytes that the origin sent have sha512:{Hex(content)}, not sha512:{wrong}. Nothing was written. Check the URL and the sha512.");
        Assert.Equal("old", File.ReadAllText(_folder["checked"]));
        Assert.Equal(3, (await RunAsync(url, "--offline")).ExitCode);
    }

    [Fact]
    public async Task Run_WrongByteInTheStore_WarnsFetchesFromTheOriginAndRepairsTheStore()
    {
        byte[] content = Content.Random(1_000_000);
        string url = _origin.Publish("damaged", content);
        (await RunAsync(url, "-O")).AssertDone();
        byte[] damaged = [.. content];
        damaged[500_000] ^= 1;
        File.WriteAllBytes(site.StoredFile(Hex(content)), damaged);

        ProgramResult result = await RunAsync(url, "-O");

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith($"shacache: warning: {url}: the entry in the network cache is of no use: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("404", result.Error, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllBytes(_folder["damaged"]));
        Assert.Equal(content, File.ReadAllBytes(site.StoredFile(Hex(content))));
        await _origin.SwitchOffAsync();
        (await RunAsync(url, "-O", "--offline")).AssertDone();
    }

    [Fact]
    public async Task Run_CacheHangs_FetchesWithinTheTimeout()
    {
        string url = _origin.Publish("patient", Content.Random(1000));
        using var hanging = new TcpListener(IPAddress.Loopback, 0);
        hanging.Start();
        File.WriteAllText(_folder["hangs.cfg"], $"[networkcache]\ndownload-cache-url = http://{hanging.LocalEndpoint}\ndownload-dir-url = http://{hanging.LocalEndpoint}\n");
        long start = Stopwatch.GetTimestamp();
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "fetch", "-c", "hangs.cfg", url, "-O", "--cache-timeout", "1");
        Assert.Equal((0, "patient: 1000 bytes from the origin\n"), (result.ExitCode, result.Text));
        Assert.Matches("^shacache: warning: the network cache is not used: .* within 1 s.*\n$", result.Error);
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Run_Blacklisted_ComesFromTheOriginEveryTime()
    {
        string url = _origin.Publish("head.tar.gz", Content.Random(1000));
        string config = site.WriteConfig("blacklist.cfg", site.Certificate, $"download-cache-url-blacklist =\n  https://other.invalid/\n  {_origin.Url}/he");
        for (int i = 1; i <= 2; i++)
        {
            Assert.Equal("head.tar.gz: 1000 bytes from the origin\n", (await ShacacheProgram.RunAsync(_folder.Path, "fetch", "-c", config, url, "-O")).AssertDone().Text);
            Assert.Equal(i, _origin.RequestCount);
        }
    }

    [Fact]
    public async Task Run_Killed_LeavesTheOldStateOrTheNew()
    {
        byte[] content = Content.Random(20_000_000);
        string url = _origin.Publish("large", content);
        File.WriteAllText(_folder["large"], "old");
        for (int round = 1; round <= 6; round++)
        {
            bool isInTheMiddle = round < 6;
            OriginHold hold = _origin.Hold(isInTheMiddle ? round * 3_500_000L : 19_900_000);
            using Process process = Process.Start(ShacacheProgram.StartInfo(_folder.Path, ShacacheProgram.Path, ["fetch", "-c", site.Config, url, "-O", "--no-cache"]))!;
            await hold.WaitAsync(answers: 1);
            if (!isInTheMiddle)
                hold.Release();
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            byte[] found = File.ReadAllBytes(_folder["large"]);
            Assert.True(found.AsSpan().SequenceEqual("old"u8) || (!isInTheMiddle && found.AsSpan().SequenceEqual(content)), $"{found.Length} bytes");
            // Only in the instant in which it takes the old one's place the new file has a name of its own.
            if (isInTheMiddle)
                Assert.Equal([_folder["large"]], Directory.GetFileSystemEntries(_folder.Path));
        }
    }

    [Fact]
    public async Task Run_Terminal_ShowsALineForEachFile()
    {
        string[] urls = [.. Enumerable.Range(0, 3).Select(i => _origin.Publish($"shown-{i}", Content.Random(20_000_000)))];
        // The line of a file that is done is not shown any more.
        OriginHold hold = _origin.Hold(afterBytes: 10_000_000);
        using var terminal = PseudoTerminal.Start(_folder.Path, $"$SHACACHE fetch -c '{site.Config}' {string.Join(' ', urls)}");
        for (int i = 0; i < urls.Length; i++)
            await terminal.ReadUntilAsync($"shown-{i} from the origin");
        hold.Release();
        (int exitCode, string shown) = await terminal.FinishAsync();
        Assert.Equal(0, exitCode);
        Assert.EndsWith("shown-2: 20000000 bytes from the origin, contributed\r\n", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("say what to fetch: URLs, or --from-file FILE.")]
    [InlineData("'nonsense' is not a URL that can be fetched, such as https://host/path.", "nonsense", "-O")]
    [InlineData("'file:///etc/passwd' is not a URL that can be fetched, such as https://host/path.", "file:///etc/passwd", "-o", "x")]
    [InlineData("https://a.invalid/ names no file: say with --output FILE where it is to go.", "https://a.invalid/", "-O")]
    [InlineData("--output and checksums are for one URL; in a list, write file=NAME and sha256=HEX after each.", "http://a/b", "http://a/c", "-o", "x")]
    [InlineData("--output says where the file goes: give neither --remote-name nor --directory with it.", "http://a/b", "-O", "-o", "x")]
    [InlineData("--md5: 'abc' is not MD5: that has 32 hexadecimal digits.", "http://a/b", "-O", "--md5", "abc")]
    [InlineData("--offline and --no-cache together leave nothing to fetch from.", "http://a/b", "--offline", "--no-cache")]
    [InlineData("--revalidate needs both the origin and the cache: give neither --offline nor --no-cache with it.", "http://a/b", "--offline", "--revalidate")]
    [InlineData("--cache-timeout is 'soon', but must be a time of at most 1h, such as 10s or 500ms.", "http://a/b", "--cache-timeout", "soon")]
    [InlineData("--refresh takes from the origin and lists in the cache: give neither --offline, --no-cache nor --revalidate with it.", "http://a/b", "--refresh", "--offline")]
    [InlineData("--contribute-as: 'new' is not a form of key: older, pypi:NAME=VERSION or pypi-index:REQUIREMENT.", "http://a/b", "--contribute-as", "new")]
    [InlineData("--contribute-as lists in the cache: give neither --no-cache nor --no-contribute with it.", "http://a/b", "--contribute-as", "older", "--no-cache")]
    [InlineData("--jobs must be 1 to 64, not 0.", "http://a/b", "--jobs", "0")]
    [InlineData("with --json the file cannot go to the standard output: give --output FILE or --remote-name.", "http://a/b", "--json")]
    public async Task Run_Meaningless_Is2AndSaysWhy(string message, params string[] arguments) =>
        (await RunAsync(arguments)).AssertFails(2, $"shacache: {message}\nTry 'shacache fetch --help'.");

    [Theory]
    [InlineData("http://a.invalid/b what", "line 1: 'what' is neither file=NAME nor a checksum such as sha256=….")]
    [InlineData("\nhttp://a.invalid/b md5=1", "line 2: '1' is not MD5: that has 32 hexadecimal digits.")]
    [InlineData("http://a.invalid/", "line 1: http://a.invalid/ names no file: add file=NAME.")]
    [InlineData("b", "line 1: 'b' is not a URL that can be fetched, such as https://host/path.")]
    public async Task Run_BadList_Is2AndNamesTheLine(string list, string message)
    {
        File.WriteAllText(_folder["list"], list);
        (await RunAsync("-i", "list")).AssertFails(2, $"shacache: list, {message}\nTry 'shacache fetch --help'.");
    }

    [Fact]
    public async Task Run_SameFileTwice_Is2BeforeAnythingIsFetched()
    {
        string url = _origin.Publish("a", [1]);
        ProgramResult result = await RunAsync(url, url + "?x");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("two URLs would be written to", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, _origin.RequestCount);
    }

    [Fact]
    public async Task Run_TargetCannotBe_Is1AndSaysWhy()
    {
        string url = _origin.Publish("a", [1]);
        (await RunAsync(url, "-o", "missing/a")).AssertFails(
            1, $"shacache: {_folder["missing", "a"]} cannot be written: there is no folder {_folder["missing"]}.");
        (await ShacacheProgram.RunBashAsync(_folder.Path, "ln -s . folder; ln -s b a; ln -s a b; ln -s missing/a deep")).AssertDone();
        (await RunAsync(url, "-o", "folder")).AssertFails(1, $"shacache: {_folder["folder"]} is a folder, not a file.");
        (await RunAsync(url, "-o", "a")).AssertFails(1, "shacache: a cannot be written: its links lead in a circle.");
        (await RunAsync(url, "-o", "deep")).AssertFails(
            1, $"shacache: {_folder["missing", "a"]} cannot be written: there is no folder {_folder["missing"]}.");
        Assert.Equal(0, _origin.RequestCount);
    }

    [Theory]
    [InlineData("ln -s real link; FETCH link; cat real")]
    [InlineData("echo old > real; ln -s real middle; ln -s middle link; FETCH link; cat real")]
    [InlineData("mkdir -p d/e; ln -s d/e s; ln -s ../real d/e/link; FETCH s/link; cat d/real")]
    [InlineData("ln -s /proc/self/fd/1 link; FETCH link")]
    [InlineData("ln -s /proc/self/fd/1 link; FETCH link > out; cat out")]
    [InlineData("ln -s /dev/fd middle; ln -s middle/1 link; FETCH link | cat")]
    [InlineData("FETCH /proc/self/fd/1")]
    [InlineData("ln -s /dev/fd/3 link; { FETCH link 3>&1 >&4 | cat; } 4>/dev/null")]
    [InlineData("FETCH /dev/fd/3 3> out; cat out")]
    [InlineData("mkfifo pipe; cat pipe & FETCH pipe; wait")]
    [InlineData("mkfifo pipe; ln -s pipe link; cat pipe & FETCH link; wait")]
    [InlineData("ln -s /dev/null link; FETCH link; [ -c /dev/null ]; FETCH real; cat real")]
    public async Task Run_OutputLeadsElsewhere_IsWrittenThereAndTheNameStays(string line)
    {
        byte[] content = Content.Random(300_000);
        string url = _origin.Publish("linked", content);
        string fetch = $"$SHACACHE fetch -q -c '{site.Config}' '{url}' -o";
        ProgramResult result = await ShacacheProgram.RunBashAsync(
            _folder.Path, $"set -e; {line.Replace("FETCH", fetch, StringComparison.Ordinal)}; for l in link s/link; do [ ! -e $l ] || [ -L $l ]; done");
        Assert.Equal(content, result.AssertDone().Output);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_folder.Path), name => Path.GetFileName(name).StartsWith('.'));
    }

    [Theory]
    [InlineData("/dev/fd/1")]
    [InlineData("link")]
    public async Task Run_OutputIsTheStandardOutput_SaysWhatBecameOfItElsewhere(string output)
    {
        byte[] content = Content.Random(10_000);
        string url = _origin.Publish("reported", content);
        ProgramResult result = await ShacacheProgram.RunBashAsync(
            _folder.Path, $"ln -s /proc/self/fd/1 link; $SHACACHE fetch -c '{site.Config}' '{url}' -o {output}; $SHACACHE fetch --json -c '{site.Config}' '{url}' -o {output} | cmp - <($SHACACHE fetch -c '{site.Config}' '{url}')");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(content, result.Output);
        Assert.Contains($"{output}: 10000 bytes from the origin", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OutputIsTheAppendedStandardOutput_KeepsWhatIsThere()
    {
        string url = _origin.Publish("appended", "three"u8.ToArray());
        ProgramResult result = await ShacacheProgram.RunBashAsync(
            _folder.Path, $"ln -s /proc/self/fd/1 link; echo one > out; {{ echo two; $SHACACHE fetch -q -c '{site.Config}' '{url}' -o link; echo four; }} >> out; cat out");
        Assert.Equal("one\ntwo\nthreefour\n", result.AssertDone().Text);
    }

    [Fact]
    public async Task Run_OutputIsTheTerminal_WritesThere()
    {
        string url = _origin.Publish("text", "shown in the window\n"u8.ToArray());
        using var terminal = PseudoTerminal.Start(_folder.Path, $"ln -s /proc/self/fd/1 link; $SHACACHE fetch -q -c '{site.Config}' '{url}' -o link");
        (int exitCode, string shown) = await terminal.FinishAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains("shown in the window", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fetch", "-O")]
    [InlineData("upload", "-u")]
    public async Task Run_HttpsRedirectsToHttp_IsRefused(string command, string option)
    {
        using var authority = new TestAuthority();
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 issued = authority.Issue(key, "origin");
        using X509Certificate2 withKey = issued.CopyWithPrivateKey(key);
        await using var secure = new OriginSite(X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null), IPAddress.Loopback);
        await secure.StartAsync(TestContext.Current.CancellationToken);
        File.WriteAllText(_folder["ca.pem"], authority.RootPem + authority.IntermediatePem);
        string plain = _origin.Publish("plain", Content.Random(1000));
        string url = secure.Redirect("first", secure.Redirect("second", plain));

        ProgramResult result = await ShacacheProgram.RunBashAsync(
            _folder.Path, $"SSL_CERT_FILE=ca.pem $SHACACHE {command} -c '{site.Config}' {option} '{url}'");

        Assert.Equal((1, ""), (result.ExitCode, result.Text));
        Assert.StartsWith($"shacache: GET {url}: the server redirects from https to http ({plain}), where anyone on the way could answer: it is not followed.", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, _origin.RequestCount);
        Assert.Equal(3, (await ShacacheProgram.RunAsync(_folder.Path, "lookup", "url", "-c", site.Config, url)).ExitCode);
    }

    [Fact]
    public async Task Run_Force_ContributesAWebPage()
    {
        string url = _origin.Publish("page.zip", "<html></html>"u8.ToArray());
        ProgramResult warned = await RunAsync(url, "-O");
        Assert.Equal((0, "page.zip: 13 bytes from the origin\n"), (warned.ExitCode, warned.Text));
        Assert.Contains("is not contributed to the network cache: it is a web page", warned.Error, StringComparison.Ordinal);
        Assert.Equal("page.zip: 13 bytes from the origin, contributed\n", (await RunAsync(url, "-O", "--force")).AssertDone().Text);
    }

    [Fact]
    public async Task Run_ContributeAs_IsFoundUnderTheOlderKey()
    {
        string url = _origin.Publish("old.tar.gz", Content.Random(1000));
        (await RunAsync(url, "-O", "--contribute-as", "older", "--contribute-as", "pypi:old=1")).AssertDone();
        foreach (string key in new[] { $"slapos-buildout-{UrlMd5.Of(url)}", "pypi:old=1" })
            Assert.Contains("old.tar.gz", (await ShacacheProgram.RunAsync(_folder.Path, "lookup", "url", "-c", site.Config, key)).AssertDone().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OfflineWithoutCache_Is78()
    {
        File.WriteAllText(_folder["empty.cfg"], "[networkcache]\n");
        (await ShacacheProgram.RunAsync(_folder.Path, "fetch", "-c", "empty.cfg", "http://a.invalid/b", "-O", "--offline")).AssertFails(
            78, "shacache: Option download-dir-url of section [networkcache] is not set; it is needed for this.");
    }

    private static string Hex(byte[] content) => Convert.ToHexStringLower(SHA512.HashData(content));

    private static JsonElement Json(ProgramResult result) => JsonDocument.Parse(result.AssertDone().Output).RootElement;

    private Task<ProgramResult> RunAsync(params string[] arguments) => ShacacheProgram.RunAsync(_folder.Path, ["fetch", "-c", site.Config, .. arguments]);
}
