using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>What a server that runs by itself tells about itself.</summary>
public sealed partial class MetricsServingTests : IDisposable
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(4096);
    private static readonly string Sha512 = Convert.ToHexStringLower(SHA512.HashData(Content));
    private static readonly string Missing = Convert.ToHexStringLower(SHA512.HashData("missing"u8));

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Metrics_OfAServer_SatisfyPromtool()
    {
        ExternalPrograms.Require("promtool");
        using ServerProcess server = await StartAsync("--max-store-size", "50MiB", "--upstream", "http://127.0.0.1:1/cache", "http://127.0.0.1:1/dir", "--forward");
        await PostAsync(server.Url);
        using HttpResponseMessage missing = await _http.GetAsync(new Uri(server.Url, $"/shacache/{Missing}"), Token);
        await CheckAsync("metrics", (await MetricsPage.ReadAsync(_http, server.Url)).Text);
    }

    [Fact]
    public async Task AlertRules_SatisfyPromtool()
    {
        ExternalPrograms.Require("promtool");
        using Process check = Process.Start(new ProcessStartInfo("promtool", ["check", "rules", Path.Combine(Repository.Root, "docs", "monitoring", "alerts.yml")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = check.StandardOutput.ReadToEndAsync(Token);
        string error = await check.StandardError.ReadToEndAsync(Token);
        await check.WaitForExitAsync(Token);
        Assert.True(check.ExitCode == 0, error + await output);
    }

    [Fact]
    public async Task Metrics_OffOrForOthers_SayWhichSetting()
    {
        using ServerProcess server = await StartAsync("--metrics", "off");
        using HttpResponseMessage answer = await _http.GetAsync(new Uri(server.Url, "/metrics"), Token);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("metrics = off", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_ForAdministratorsWithoutAccounts_AreAConfigurationError()
    {
        (int exitCode, string error) = await ServerProcess.RunAsync(
            "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0", "--metrics", "administrators");
        Assert.Equal(78, exitCode);
        Assert.Contains("metrics: there are no accounts", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_WithoutTheSdk_SaySo()
    {
        using ServerProcess server = await ServerProcess.StartInAsync(
            new Dictionary<string, string> { ["OTEL_SDK_DISABLED"] = "true" }, "serve", "--listen", "http://127.0.0.1:0", "--data", _folder["data"]);
        using HttpResponseMessage answer = await _http.GetAsync(new Uri(server.Url, "/metrics"), Token);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("OTEL_SDK_DISABLED", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collector_InTheEnvironment_GetsMetricsAndTraces()
    {
        ConcurrentQueue<string> bodies = [];
        await using var collector = new LoopbackServer((socket, token) => CollectAsync(socket, bodies, token));
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{collector.Authority}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            ["OTEL_SERVICE_NAME"] = "the-cache",
        };
        using ServerProcess server = await ServerProcess.StartInAsync(
            environment, "serve", "--listen", "http://127.0.0.1:0", "--data", _folder["data"], "--metrics", "off");

        // Spans of what came before the tracer are not recorded.
        await Eventually.IsTrueAsync(() => Task.FromResult(bodies.Any(body => body.Contains("shacache.store.size", StringComparison.Ordinal))));
        await PostAsync(server.Url);

        await Eventually.IsTrueAsync(() => Task.FromResult(bodies.Any(body => body.Contains("upload", StringComparison.Ordinal) && body.Contains(Sha512, StringComparison.Ordinal))));
        await Eventually.IsTrueAsync(() => Task.FromResult(bodies.Any(body => body.Contains("http.server.request.duration", StringComparison.Ordinal))));
        Assert.All(bodies, body => Assert.Contains("the-cache", body, StringComparison.Ordinal));
        await server.TerminateAsync();
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task Status_OfARunningServer_FitsATerminalAndIsJson()
    {
        using ServerProcess server = await StartAsync("--max-store-size", "50MiB");
        await PostAsync(server.Url);

        ProgramResult table = (await ShacacheProgram.RunAsync(_folder.Path, "admin", "status", "--data", "data")).AssertDone();
        ProgramResult remote = (await ShacacheProgram.RunAsync(_folder.Path, "admin", "status", "--url", server.Url.ToString(), "--json")).AssertDone();

        Assert.All(table.Text.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("of 50.0 MiB", table.Text, StringComparison.Ordinal);
        using JsonDocument status = JsonDocument.Parse(remote.Text);
        Assert.True(status.RootElement.GetProperty("isServing").GetBoolean());
        Assert.Equal(50L << 20, status.RootElement.GetProperty("store").GetProperty("limitBytes").GetInt64());
        await server.TerminateAsync();
        await server.WaitForExitAsync();

        ProgramResult stopped = (await ShacacheProgram.RunAsync(_folder.Path, "admin", "status", "--data", "data")).AssertDone();
        Assert.Matches("server +not running", stopped.Text);
        Assert.Matches("store +1 object, 4.0 of 51200.0 KiB|store +1 object, 4.0 KiB", stopped.Text);
    }

    /// <summary>promtool has nothing to say.</summary>
    private static async Task CheckAsync(string what, string text)
    {
        var start = new ProcessStartInfo("promtool", ["check", what])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process check = Process.Start(start)!;
        Task<string> output = check.StandardOutput.ReadToEndAsync(Token);
        Task<string> error = check.StandardError.ReadToEndAsync(Token);
        await check.StandardInput.WriteAsync(text.AsMemory(), Token);
        check.StandardInput.Close();
        Assert.Equal(("", ""), (await output, await error));
        await check.WaitForExitAsync(Token);
        Assert.Equal(0, check.ExitCode);
    }

    /// <summary>Takes requests, and answers each with an empty 200.</summary>
    private static async Task CollectAsync(Socket socket, ConcurrentQueue<string> bodies, CancellationToken cancellationToken)
    {
        var received = new StringBuilder();
        byte[] buffer = new byte[64 * 1024];
        for (int count; (count = await socket.ReceiveAsync(buffer, cancellationToken)) > 0;)
        {
            received.Append(Encoding.Latin1.GetString(buffer, 0, count));
            while (received.ToString() is var text && text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var head and > 0 &&
                int.Parse(Length().Match(text).Groups["length"].Value) is var length && text.Length >= head + 4 + length)
            {
                bodies.Enqueue(text.Substring(head + 4, length));
                received.Remove(0, head + 4 + length);
                await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), cancellationToken);
            }
        }
    }

    private Task<ServerProcess> StartAsync(params string[] more) =>
        ServerProcess.StartAsync(["serve", "--listen", "http://127.0.0.1:0", "--data", _folder["data"], .. more]);

    private async Task PostAsync(Uri server)
    {
        using var body = new ByteArrayContent(Content);
        using HttpResponseMessage answer = await _http.PostAsync(new Uri(server, "/shacache"), body, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [GeneratedRegex(@"Content-Length: (?<length>[0-9]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Length();
}
