using System.Net;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

public sealed class ServeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serve_WrongSettings_Exits78WithEveryProblemAndNoStackTrace()
    {
        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--listen", "http://0.0.0.0:0", "--max-blob-size", "20GB", "--log-level", "loud");

        Assert.Equal(78, exitCode);
        Assert.Equal(3, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_DataFolderInUse_Exits1AndNamesTheHolder()
    {
        using ServerProcess first = await StartAsync();

        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", _folder.Path, "--listen", "http://127.0.0.1:0");
        (int reindexExitCode, string reindexError) = await ServerProcess.RunAsync("admin", "reindex", "--data", _folder.Path);

        Assert.Equal(1, exitCode);
        Assert.Contains($"in use by process {first.Id};", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(1, reindexExitCode);
        Assert.Contains("in use", reindexError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_PortInUse_Exits1WithOneLine()
    {
        using ServerProcess first = await StartAsync();

        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", _folder["other"], "--listen", first.Url.GetLeftPart(UriPartial.Authority));

        Assert.Equal(1, exitCode);
        Assert.Contains("address already in use", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_DataFolderIsAFile_Exits1WithOneLine()
    {
        await File.WriteAllTextAsync(_folder["file"], "", TestContext.Current.CancellationToken);

        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", _folder["file"], "--listen", "http://127.0.0.1:0");

        Assert.Equal(1, exitCode);
        Assert.Contains("cannot be used", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_Terminated_FinishesTheRunningDownloadAndExits0()
    {
        using ServerProcess server = await StartAsync();
        using var client = new HttpClient { BaseAddress = server.Url };
        byte[] content = new byte[64 << 20];
        new Random(1).NextBytes(content);
        using HttpResponseMessage stored = await client.PostAsync(
            new Uri("/shacache", UriKind.Relative), new ByteArrayContent(content), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        string digest = await stored.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        using HttpResponseMessage download = await client.GetAsync(
            new Uri($"/shacache/{digest}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await server.TerminateAsync();
        byte[] received = await download.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.True(content.AsSpan().SequenceEqual(received));
    }

    private Task<ServerProcess> StartAsync() => ServerProcess.StartAsync("serve", "--data", _folder.Path, "--listen", "http://127.0.0.1:0");
}
