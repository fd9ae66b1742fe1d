using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Tests.Conditions;

/// <summary>Started without standard streams, nothing of the program gets their numbers: a message would be written into the database.</summary>
public sealed class ClosedStreamTests : IDisposable
{
    /// <summary>Closes the streams of the first argument, and becomes the program.</summary>
    private const string Launcher = """
        import os, sys
        for stream in sys.argv[1].split(","):
            os.close(int(stream))
        os.execvp(sys.argv[2], sys.argv[2:])
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly HttpClient Http = new();

    private readonly TemporaryFolder _folder = new();

    public ClosedStreamTests() => ExternalPrograms.Require("python3");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("2")]
    [InlineData("1,2")]
    [InlineData("0,1,2")]
    public async Task Serve_StreamsAreClosed_NoneOfItsFilesTakesTheirPlace(string closed)
    {
        IPEndPoint address = OwnLoopback.NewEndPoint();
        byte[] content = RandomNumberGenerator.GetBytes(300_000);
        using (Process server = Process.Start(ShacacheProgram.StartInfo(
            _folder.Path, "python3", ["-c", Launcher, closed, .. ShacacheProgram.ServerCommand, "serve", "--data", "data", "--listen", $"http://{address}", "--log-level", "debug"]))!)
        {
            try
            {
                string digest = await StoreAsync(new Uri($"http://{address}/shacache"), content);
                Assert.Equal(content, await Http.GetByteArrayAsync(new Uri($"http://{address}/shacache/{digest}"), Token));
                foreach (string stream in closed.Split(','))
                    Assert.DoesNotContain(_folder.Path, File.ResolveLinkTarget($"/proc/{server.Id}/fd/{stream}", returnFinalTarget: false)!.FullName, StringComparison.Ordinal);
                using Process kill = Process.Start("kill", [$"{server.Id}"]);
                await server.WaitForExitAsync(Token).WaitAsync(Patience, Token);
                Assert.Equal(0, server.ExitCode);
            }
            finally
            {
                server.Kill();
            }
        }

        Assert.Equal(0, (await ShacacheProgram.RunAsync(_folder.Path, "admin", "check", "--data", "data")).ExitCode);
    }

    /// <summary>Stores as soon as the server listens: it cannot say when, where its error output is closed.</summary>
    private static async Task<string> StoreAsync(Uri url, byte[] content)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using HttpResponseMessage stored = await Http.PostAsync(url, new ByteArrayContent(content), Token);
                return await stored.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Token);
            }
            catch (HttpRequestException) when (since.Elapsed < Patience)
            {
                await Task.Delay(50, Token);
            }
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("2")]
    [InlineData("0,1,2")]
    public async Task Version_StreamsAreClosed_IsPrintedOrRefusedInOneLine(string closed)
    {
        ProgramResult result = await ShacacheProgram.RunThroughAsync(_folder.Path, "python3", ["-c", Launcher, closed], ["--version"]);

        // The line has nowhere to go when the error output is closed as well.
        if (result.ExitCode != 0 && closed.Contains('2', StringComparison.Ordinal))
            Assert.Equal((1, ""), (result.ExitCode, result.Error));
        else if (result.ExitCode != 0)
            result.AssertFails(1, closed == "1" ? "shacache: the standard output cannot be written: it is closed." : "");
    }
}
