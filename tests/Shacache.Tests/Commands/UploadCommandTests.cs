using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Cli.Commands;

public sealed class UploadCommandTests(CacheSite site) : IDisposable
{
    private static readonly HttpClient Http = new();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_FileAndUrl_IsFoundByTheUrlOnly()
    {
        byte[] content = Content.Random(5_000_000);
        File.WriteAllBytes(_folder["file"], content);

        ProgramResult upload = (await RunAsync("upload", "-c", site.Config, "-f", "file", "-u", "https://example.org/a file.tar.gz?x=1")).AssertDone();
        Assert.Equal($"{Digest.Compute(content)}\n", upload.Text);

        ProgramResult download = (await RunAsync("download", "-c", site.Config, "-u", "https://example.org/a file.tar.gz?x=1")).AssertDone();
        Assert.Equal(content, download.Output);
        Assert.Equal(3, (await RunAsync("download", "-c", site.Config, "-u", "https://example.org/a%20file.tar.gz?x=1")).ExitCode);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1_000_000)]
    [InlineData(6_000_000)]
    public async Task Run_StoredAndThenDamaged_IsNotCalledStored_AndIsRepaired(int length)
    {
        byte[] content = Content.Random(length);
        string digest = Digest.Compute(content).ToString();
        File.WriteAllBytes(_folder["file"], content);
        (await RunAsync("upload", "-c", site.Config, "-f", "file")).AssertDone();
        byte[] damaged = [.. content];
        damaged[length / 2] ^= 1;
        File.WriteAllBytes(site.StoredFile(digest), damaged);

        bool[] stored = [await UploadAsync(), await UploadAsync()];

        Assert.Equal([false, true], stored);
        Assert.Equal(content, File.ReadAllBytes(site.StoredFile(digest)));

        async Task<bool> UploadAsync() =>
            JsonDocument.Parse((await RunAsync("upload", "-c", site.Config, "-f", "file", "--json")).AssertDone().Text).RootElement.GetProperty("already_stored").GetBoolean();
    }

    [Fact]
    public async Task Run_EmptyFile_IsALegalObject()
    {
        File.WriteAllBytes(_folder["empty"], []);
        Assert.Equal($"{Digest.Empty}\n", (await RunAsync("upload", "-c", site.Config, "-f", "empty", "-k", "empty")).AssertDone().Text);
        (await RunAsync("download", "-c", site.Config, "-k", "empty", "-o", "got")).AssertDone();
        Assert.Equal(0, new FileInfo(_folder["got"]).Length);
    }

    [Fact]
    public async Task Run_UrlAlone_FetchesIt()
    {
        byte[] content = Content.Random(300_000);
        using HttpResponseMessage stored = await Http.PostAsync(new Uri($"{site.BaseUrl}/shacache"), new ByteArrayContent(content), TestContext.Current.CancellationToken);
        string url = $"{site.BaseUrl}/shacache/{Digest.Compute(content)}";

        Assert.Equal($"{Digest.Compute(content)}\n", (await RunAsync("upload", "-c", site.Config, "-u", url)).AssertDone().Text);

        JsonElement entry = await ListOneAsync("-u", url);
        Assert.Equal(url, entry.GetProperty("url").GetString());
    }

    [Fact]
    public async Task Run_UrlThatIsNotThere_SaysWhatItsServerAnswered()
    {
        string url = $"{site.BaseUrl}/shacache/{Digest.Compute([1])}";
        ProgramResult result = await RunAsync("upload", "-c", site.Config, "-u", url);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"shacache: GET {url}: the server answered 404 Not Found", result.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await RunAsync("download", "-c", site.Config, "-u", url)).ExitCode);
    }

    [Theory]
    [InlineData("member url holds user and password", "-u", "https://user:hidden@example.org/a")]
    [InlineData("member url holds the parameter private_token", "-u", "https://example.org/a?private_token=hidden")]
    [InlineData("member url holds the parameter X-Amz-Signature", "-u", "https://example.org/a?X-Amz-Signature=hidden")]
    [InlineData("member password holds a value whose name is that of a secret", "-k", "credentials", "password=hidden")]
    [InlineData("member origin holds the parameter sig", "-k", "credentials", "origin=https://example.org/a?sig=hidden")]
    [InlineData("member deep holds the parameter token", "-k", "credentials", "-m", "m.json")]
    public async Task Run_Credential_IsRefusedUnlessMeant(string what, string option, string value, params string[] more)
    {
        File.WriteAllText(_folder["m.json"], """{"deep": [["https://example.org/?token=hidden"]]}""");
        byte[] content = System.Text.Encoding.UTF8.GetBytes(what);
        File.WriteAllBytes(_folder["file"], content);
        (await RunAsync(["upload", "-c", site.Config, "-f", "file", option, value, .. more])).AssertFails(
            2, $"shacache: Nothing is listed: {what}, and everybody can read entries.\nTry 'shacache upload --help'.");
        Assert.False(File.Exists(site.StoredFile(Digest.Compute(content).ToString())));
        (await RunAsync(["upload", "-c", site.Config, "-f", "file", option, value, "--with-credentials", .. more])).AssertDone();
    }

    [Fact]
    public async Task Run_UrlWithoutAnEnd_NeedsAChecksum()
    {
        byte[] content = Content.Random(1000);
        using var origin = new TcpListener(IPAddress.Loopback, 0);
        origin.Start();
        Task serving = ServeAsync(origin, content);
        string url = $"http://{origin.LocalEndpoint}/file";
        ProgramResult refused = await RunAsync("upload", "-c", site.Config, "-u", url);
        Assert.Equal((1, ""), (refused.ExitCode, refused.Text));
        Assert.Contains("that may be a part of it. Nothing is uploaded", refused.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await RunAsync("lookup", "url", "-c", site.Config, url)).ExitCode);
        string sha256 = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content));
        Assert.Equal($"{Digest.Compute(content)}\n", (await RunAsync("upload", "-c", site.Config, "-u", url, "--sha256", sha256)).AssertDone().Text);
        origin.Stop();
        await serving;
    }

    [Fact]
    public async Task Run_FileUrl_ReadsTheFile()
    {
        File.WriteAllText(_folder["a b"], "content");
        string url = $"file://{_folder["a%20b"]}";
        (await RunAsync("upload", "-c", site.Config, "-u", url)).AssertDone();
        Assert.Equal("content", (await RunAsync("download", "-c", site.Config, "-u", url)).AssertDone().Text);
    }

    [Fact]
    public async Task Run_Pipe_IsReadToItsEnd()
    {
        ProgramResult result = await ShacacheProgram.RunBashAsync(_folder.Path, $"seq 100000 | $SHACACHE upload -c '{site.Config}' -f /dev/stdin -k pipe");
        result.AssertDone();
        Assert.Equal(
            string.Concat(Enumerable.Range(1, 100000).Select(number => $"{number}\n")),
            (await RunAsync("download", "-c", site.Config, "-k", "pipe")).AssertDone().Text);
    }

    [Theory]
    [InlineData("-f", "folder/")]
    [InlineData("-u", "folder")]
    public async Task Run_Folder_IsPackedUnderItsName(string option, string value)
    {
        Directory.CreateDirectory(_folder["folder", "bin"]);
        File.WriteAllText(_folder["folder", "bin", "tool"], "#!/bin/sh\n");
        File.SetUnixFileMode(_folder["folder", "bin", "tool"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(_folder["folder", "link"], "bin/tool");
        Directory.CreateSymbolicLink(_folder["folder", "loop"], ".");
        string[] listed = option == "-f" ? ["-k", "folder"] : [];

        ProgramResult first = (await RunAsync(["upload", "-c", site.Config, option, value, .. listed])).AssertDone();
        ProgramResult again = (await RunAsync(["upload", "-c", site.Config, option, value, .. listed])).AssertDone();
        Assert.Equal(first.Text, again.Text);

        (await RunAsync(["download", "-c", site.Config, "-o", "archive", .. listed.Length > 0 ? listed : ["-u", value]])).AssertDone();
        Assert.Equal(["archive", "folder"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
        List<string> members = [];
        using var gzip = new GZipStream(File.OpenRead(_folder["archive"]), CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        while (tar.GetNextEntry() is { } entry)
        {
            members.Add($"{entry.EntryType} {entry.Name} {entry.LinkName}");
            if (entry.Name.EndsWith("tool", StringComparison.Ordinal))
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, entry.Mode);
        }

        Assert.Equal(
            ["Directory folder/ ", "Directory folder/bin/ ", "RegularFile folder/bin/tool ", "SymbolicLink folder/link bin/tool", "SymbolicLink folder/loop ."],
            members.Select(member => member.Replace("Directory folder ", "Directory folder/ ", StringComparison.Ordinal)
                .Replace("folder/bin ", "folder/bin/ ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_MetadataFileAndPairs_KeepTypesAndPairsWin()
    {
        File.WriteAllText(_folder["file"], "x");
        File.WriteAllText(_folder["m.json"], """{"version": [4, 2], "size": 1.5, "name": "é \"", "os": "from file"}""");
        (await RunAsync("upload", "-c", site.Config, "-f", "file", "-k", "metadata", "-m", "m.json", "os=12", "empty=", "equation=a=b")).AssertDone();

        JsonElement entry = await ListOneAsync("-k", "metadata");
        Assert.Equal("[4,2]", entry.GetProperty("version").GetRawText().Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings(""));
        Assert.Equal(1.5, entry.GetProperty("size").GetDouble());
        Assert.Equal(
            ("é \"", "12", "", "a=b"),
            (entry.GetProperty("name").GetString(), entry.GetProperty("os").GetString(), entry.GetProperty("empty").GetString(), entry.GetProperty("equation").GetString()));
    }

    [Fact]
    public async Task Run_Json_SaysWhetherItWasStoredBefore()
    {
        byte[] content = Content.Random(1000);
        File.WriteAllBytes(_folder["file"], content);
        foreach (bool stored in new[] { false, true })
        {
            ProgramResult result = (await RunAsync("upload", "-c", site.Config, "-f", "file", "-k", "json", "--json")).AssertDone();
            JsonElement said = JsonDocument.Parse(result.Output).RootElement;
            Assert.Equal(Digest.Compute(content).ToString(), said.GetProperty("sha512").GetString());
            Assert.Equal((1000, stored, "json"), (said.GetProperty("bytes").GetInt32(), said.GetProperty("already_stored").GetBoolean(), said.GetProperty("key").GetString()));
        }
    }

    [Fact]
    public async Task Run_NeitherUrlNorKey_StoresOnlyAndSaysThatMetadataAreNotUsed()
    {
        File.WriteAllBytes(_folder["file"], Content.Random(1000));
        ProgramResult result = await RunAsync("upload", "-c", site.Config, "-f", "file", "a=b");
        Assert.Equal((0, "shacache: warning: the metadata are not used: without --url or --key nothing is listed.\n"), (result.ExitCode, result.Error));
        using HttpResponseMessage stored = await Http.GetAsync(new Uri($"{site.BaseUrl}/shacache/{result.Text.Trim()}"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, stored.StatusCode);
    }

    [Theory]
    [InlineData("give --url or --key, not both: an upload is listed once.", "-f", "file", "-u", "http://x/", "-k", "k")]
    [InlineData("say what to upload: --file FILE, or --url URL to have it fetched from there.", "-k", "k")]
    [InlineData("'word' is not metadata: it must be KEY=VALUE, such as version=1.2.", "-f", "file", "-k", "k", "word")]
    [InlineData("'=x' is not metadata: it must be KEY=VALUE, such as version=1.2.", "-f", "file", "-k", "k", "=x")]
    [InlineData("there is no option '--unknown=x'.", "-f", "file", "-k", "k", "--unknown=x")]
    [InlineData("--key is not a key: The key holds a slash.", "-f", "file", "-k", "a/b")]
    [InlineData("'ftp://x/y' cannot be fetched: only http, https and file URLs of this machine can. To upload a file and list it under a URL, give both --file and --url.", "-u", "ftp://x/y")]
    [InlineData("'nowhere' is neither a URL nor a folder. To upload a file and list it under a URL, give both --file and --url.", "-u", "nowhere")]
    [InlineData("the metadata have a member sha512: leave it out, it is computed.", "-f", "file", "-k", "k", "sha512=0")]
    [InlineData("the metadata say key is \"other\", but the key is k: no client would trust the entry.", "-f", "file", "-k", "k", "key=other")]
    [InlineData("the metadata say url is \"http://y/\", but --url is http://x/: no client would trust the entry.", "-f", "file", "-u", "http://x/", "url=http://y/")]
    public async Task Run_MeaninglessArguments_IsUsage(string message, params string[] arguments)
    {
        File.WriteAllText(_folder["file"], "x");
        (await RunAsync(["upload", "-c", site.Config, .. arguments])).AssertFails(2, $"shacache: {message}\nTry 'shacache upload --help'.");
    }

    [Theory]
    [InlineData("[1]", "m.json: the metadata must be one JSON object, such as {\"version\": [1, 2]}.")]
    [InlineData("{\"a\": 1, \"a\": 2}", "m.json: the metadata are not JSON: ")]
    [InlineData("{", "m.json: the metadata are not JSON: ")]
    public async Task Run_BadMetadataFile_SaysWhere(string json, string message)
    {
        File.WriteAllText(_folder["file"], "x");
        File.WriteAllText(_folder["m.json"], json);
        ProgramResult result = await RunAsync("upload", "-c", site.Config, "-f", "file", "-k", "bad-metadata", "-m", "m.json");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"shacache: {message}", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Trim().Split('\n'));
        Assert.Equal(3, (await RunAsync("download", "-c", site.Config, "-k", "bad-metadata")).ExitCode);
    }

    [Fact]
    public async Task Run_FileIsMissing_SaysSo() =>
        (await RunAsync("upload", "-c", site.Config, "-f", "missing", "-k", "k")).AssertFails(
            1, "shacache: cannot read what is to be uploaded, missing: there is no such file.");

    [Fact]
    public async Task Run_KeyIsNotInTheList_SendsNothing()
    {
        byte[] content = Content.Random(1000);
        File.WriteAllBytes(_folder["file"], content);
        string config = site.WriteConfig("not-in-list.cfg", "");
        ProgramResult result = await RunAsync("upload", "-c", config, "-f", "file", "-k", "not-in-list");
        Assert.Equal(78, result.ExitCode);
        Assert.Matches("^shacache: None of the 0 readable certificates .* Add the key's certificate to the list.\n$", result.Error);
        using HttpResponseMessage stored = await Http.GetAsync(new Uri($"{site.BaseUrl}/shacache/{Digest.Compute(content)}"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, stored.StatusCode);
    }

    [Fact]
    public async Task Run_NoDirectoryToListIn_SendsNothing()
    {
        File.WriteAllText(_folder["file"], "x");
        File.WriteAllText(_folder["cfg"], $"[networkcache]\nupload-cache-url = {site.BaseUrl}/shacache\n");
        (await RunAsync("upload", "-c", "cfg", "-f", "file", "-k", "k")).AssertFails(
            78, "shacache: nothing is uploaded: upload-dir-url of section [networkcache] is not set, so that it could not be listed.");
    }

    private Task<ProgramResult> RunAsync(params IReadOnlyList<string> arguments) => ShacacheProgram.RunAsync(_folder.Path, arguments);

    private async Task<JsonElement> ListOneAsync(string option, string value)
    {
        ProgramResult list = (await RunAsync("download", "-c", site.Config, option, value, "-l")).AssertDone();
        return Assert.Single(JsonDocument.Parse(list.Output).RootElement.EnumerateArray());
    }

    /// <summary>Answers each request without a length, as servers of HTTP/1.0 do.</summary>
    private static async Task ServeAsync(TcpListener listener, byte[] content)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
                NetworkStream stream = client.GetStream();
                string head = "";
                byte[] one = new byte[1];
                while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, TestContext.Current.CancellationToken) > 0)
                    head += (char)one[0];
                await stream.WriteAsync("HTTP/1.0 200 OK\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
                await stream.WriteAsync(content, TestContext.Current.CancellationToken);
                client.Client.Shutdown(SocketShutdown.Send);
                _ = await stream.ReadAtLeastAsync(one, 1, throwOnEndOfStream: false, TestContext.Current.CancellationToken);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }
}
