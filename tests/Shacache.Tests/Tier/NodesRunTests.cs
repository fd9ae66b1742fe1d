using System.Diagnostics;
using Shacache.Cli.Tier;
using Shacache.Testing;
using Shacache.Testing.Ceph;
using Shacache.Testing.PostgreSql;

namespace Shacache.Tests.Tier;

/// <summary>Three nodes under load, while they and their engines are killed: nothing that was acknowledged is lost or changed.</summary>
public sealed class NodesRunTests : IAsyncDisposable
{
    private const int NodeCount = 3;

    private readonly TemporaryFolder _folder = new();
    private readonly List<RunNode> _nodes = [];
    private readonly string _prefix = Guid.NewGuid().ToString("N");
    private Process? _nginx;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        // With its workers, which end when it is gone.
        _nginx?.Kill(entireProcessTree: true);
        _nginx?.Dispose();
        foreach (RunNode node in _nodes)
            node.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The short form: each node is killed once, and nothing else.</summary>
    [Fact]
    public async Task Serve_NodesAreKilled_NothingThatWasAcknowledgedIsLost()
    {
        PostgreSqlServer.Require();
        CephServer.Require();
        CephServer ceph = await CephServer.Shared;
        PostgreSqlServer postgreSql = await PostgreSqlServer.Shared;
        await StartAsync(ceph, postgreSql.UriOf(await postgreSql.CreateDatabaseAsync()));
        using var clients = new RunClients([.. _nodes.Select(node => node.Url)]);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task load = LoadAsync(clients, 4, 8, end.Token);
        foreach (RunNode node in _nodes)
        {
            int before = clients.Acknowledged;
            await Eventually.IsTrueAsync(() => Task.FromResult(clients.Acknowledged >= before + 20));
            await RestartAsync(node);
        }

        await end.CancelAsync();
        await load;
        await JudgeAsync(clients);
    }

    /// <summary>The long one, behind nginx: <c>tools/nodes</c> runs it.</summary>
    [Fact(Explicit = true)]
    public async Task Serve_NodesAndEnginesAreKilledForMinutes_NothingThatWasAcknowledgedIsLost()
    {
        double minutes = double.Parse(Environment.GetEnvironmentVariable("SHACACHE_TEST_RUN_MINUTES") ?? "3", System.Globalization.CultureInfo.InvariantCulture);
        var length = TimeSpan.FromMinutes(minutes);
        await using CephServer ceph = await CephServer.StartAsync();
        await using PostgreSqlServer postgreSql = await PostgreSqlServer.StartAsync();
        await StartAsync(ceph, postgreSql.UriOf("postgres"));
        using var clients = new RunClients([await StartNginxAsync()]);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        long began = Stopwatch.GetTimestamp();
        Task load = LoadAsync(clients, 16, 32, end.Token);
        await Task.Delay(length / 9, Token);
        var rates = new RunRates(clients, Token);
        clients.ReadOnlyWhatIsThere();
        IReadOnlyList<RunRate> before = await rates.MeasureAsync(2);
        clients.ReadEverything();

        using var faultsEnd = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task killing = KillNodesAsync(faultsEnd.Token);
        await FaultAsync(0.24, "the gateway is killed", async () =>
        {
            await ceph.KillGatewayAsync();
            await Task.Delay(TimeSpan.FromSeconds(5), Token);
            await ceph.StartGatewayAsync();
        });
        await FaultAsync(0.37, "PostgreSQL is killed", async () =>
        {
            await postgreSql.KillAsync();
            await Task.Delay(TimeSpan.FromSeconds(3), Token);
            await postgreSql.StartAsync();
        });
        await FaultAsync(0.5, "the OSD is stopped for 15 s", async () =>
        {
            await ceph.PauseAsync();
            await Task.Delay(TimeSpan.FromSeconds(15), Token);
            await ceph.ResumeAsync();
        });
        await FaultAsync(0.7, "the gateway is killed", async () =>
        {
            await ceph.KillGatewayAsync();
            await ceph.StartGatewayAsync();
        });
        await faultsEnd.CancelAsync();
        await killing;
        clients.ReadOnlyWhatWasThere();
        IReadOnlyList<RunRate> after = await rates.MeasureAsync(2);
        IReadOnlyList<RunRate> control = await rates.MeasureAsync(4);
        Tell($"reads/uploads a second in each 10 s, before the faults: {string.Join(' ', before)}; from the end of the last one: {string.Join(' ', after)}; then, as control: {string.Join(' ', control)}");
        Tell($"from 10 to 20 s after the last fault: of the control {RunRates.Compare(after[1], control)}; of before the faults {RunRates.Compare(after[1], before)}");
        await end.CancelAsync();
        await load;
        await JudgeAsync(clients);

        async Task FaultAsync(double at, string what, Func<Task> fault)
        {
            TimeSpan wait = (length * at) - Stopwatch.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, Token);
            Tell($"{Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s: {what}");
            await fault();
            Tell($"{Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s: it is back");
        }
    }

    private static void Tell(string line) => TestContext.Current.SendDiagnosticMessage(line);

    private static Task LoadAsync(RunClients clients, int uploaders, int readers, CancellationToken cancellationToken) => Task.WhenAll(
        [.. Enumerable.Range(0, uploaders).Select(_ => Task.Run(() => clients.UploadAsync(cancellationToken))),
         .. Enumerable.Range(0, readers).Select(_ => Task.Run(() => clients.ReadAsync(cancellationToken)))]);

    private async Task KillNodesAsync(CancellationToken cancellationToken)
    {
        for (int turn = 0; !cancellationToken.IsCancellationRequested; turn++)
        {
            await Task.Delay(TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!cancellationToken.IsCancellationRequested)
                await RestartAsync(_nodes[turn % NodeCount]);
        }
    }

    private static async Task RestartAsync(RunNode node)
    {
        await node.KillAsync();
        node.Start();
    }

    private async Task JudgeAsync(RunClients clients)
    {
        foreach (RunNode node in _nodes)
        {
            await WaitAsync(node);
            await clients.ReadAllAsync(node.Url, Token);
        }

        Tell($"{clients.Acknowledged} uploads acknowledged, {clients.Reads} reads; {string.Join(", ", clients.Failures.Select(pair => $"{pair.Value} × {pair.Key}"))}");
        Assert.Empty(clients.Violations);
        Assert.True(clients.Reads > 0);
        Assert.Equal(NodeCount, Directory.GetDirectories(_folder.Path, TierStorage.FolderName, SearchOption.AllDirectories).Length);
    }

    private async Task StartAsync(CephServer ceph, string database)
    {
        var credentials = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = CephServer.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = CephServer.SecretKey };
        for (int number = 0; number < NodeCount; number++)
        {
            string[] arguments =
            [
                "--data", _folder[$"node-{number}"], "--database", database, "--database-pool-size", "8", "--local-cache-size", "64MiB",
                "--content", $"s3://{CephServer.Bucket}/{_prefix}", "--s3-endpoint", ceph.Endpoint.ToString(),
            ];
            var node = new RunNode(FixedPort.Find(), _folder[$"node-{number}.log"], arguments, credentials);
            _nodes.Add(node);
            node.Start();
        }

        foreach (RunNode node in _nodes)
            await WaitAsync(node);
    }

    private static async Task WaitAsync(RunNode node)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        await Eventually.IsTrueAsync(async () =>
        {
            try
            {
                using HttpResponseMessage answer = await http.GetAsync(new Uri(node.Url, "/healthz"), Token);
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    private async Task<Uri> StartNginxAsync()
    {
        int port = FixedPort.Find();
        string servers = string.Join('\n', _nodes.Select(node => $"server 127.0.0.1:{node.Url.Port} max_fails=1 fail_timeout=2s;"));
        string configuration = _folder["nginx.conf"];
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            daemon off; user root; error_log {{_folder["nginx.log"]}}; pid {{_folder["nginx.pid"]}}; worker_processes 1;
            events { worker_connections 1024; }
            http {
                access_log off; client_max_body_size 0; client_body_temp_path {{_folder["body"]}}; proxy_temp_path {{_folder["proxy"]}};
                fastcgi_temp_path {{_folder["f"]}}; uwsgi_temp_path {{_folder["u"]}}; scgi_temp_path {{_folder["s"]}};
                upstream nodes { least_conn; {{servers}} keepalive 32; }
                server {
                    listen 127.0.0.1:{{port}};
                    location / {
                        proxy_pass http://nodes; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_request_buffering off; proxy_buffering off;
                        proxy_connect_timeout 5s; proxy_next_upstream error timeout http_502 http_503 http_504;
                    }
                }
            }
            """,
            Token);
        _nginx = Process.Start(new ProcessStartInfo("nginx", ["-c", configuration]) { UseShellExecute = false })!;
        return new Uri($"http://127.0.0.1:{port}");
    }
}
