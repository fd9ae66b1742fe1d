using System.Diagnostics;
using System.Globalization;

namespace Shacache.Testing.Ceph;

/// <summary>A Ceph of the tests' own with its S3 gateway on loopback: one monitor, one OSD, one gateway, in a temporary folder.</summary>
/// <remarks>It ends with the test process, however that ends. Nothing of it is kept: it is for one run of tests.</remarks>
public sealed partial class CephServer : IAsyncDisposable
{
    public const string AccessKey = "shacachetests";
    public const string SecretKey = "shacachetestsecret";
    public const string Bucket = "shacache-tests";

    /// <summary>A safety net: what takes as long is broken.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private static readonly Lazy<Task<CephServer>> TheShared = new(() => StartAsync());

    private readonly string _folder;
    private readonly int _monitorPort;
    private readonly int _port;
    private readonly bool _isOnDisk;
    private readonly Dictionary<string, CephDaemon> _daemons = [];

    private CephServer(string folder, int monitorPort, int port, bool isOnDisk) => (_folder, _monitorPort, _port, _isOnDisk) = (folder, monitorPort, port, isOnDisk);

    /// <summary>The one that tests share which do not harm it.</summary>
    public static Task<CephServer> Shared => TheShared.Value;

    /// <summary>Where the gateway listens.</summary>
    public int Port => _port;

    public Uri Endpoint => new($"http://127.0.0.1:{_port}");

    /// <summary>Whether there is one.</summary>
    public static bool IsInstalled { get; } = FindPrograms();

    /// <summary>What a server is told by its environment to have its content there.</summary>
    /// <param name="address">Bucket and prefix.</param>
    public (string Name, string Value)[] SettingsOf(string address) =>
    [
        ("SHACACHE_CONTENT", address), ("SHACACHE_S3_ENDPOINT", Endpoint.ToString()), ("AWS_ACCESS_KEY_ID", AccessKey), ("AWS_SECRET_ACCESS_KEY", SecretKey),
    ];

    private static bool FindPrograms()
    {
        string[] programs = ["ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "monmaptool", "ceph-authtool", "curl"];
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return programs.All(program => folders.Any(folder => File.Exists(Path.Join(folder, program))));
    }

    /// <summary>Makes one with an empty bucket, and starts it: some 15 s.</summary>
    /// <param name="diskFolder">Where its objects lie on the disk, up to <see cref="CephConfiguration.DiskBytes"/> of them; null for 4 GiB of memory.</param>
    public static async Task<CephServer> StartAsync(string? diskFolder = null)
    {
        Require();
        string folder = diskFolder is null ? Directory.CreateTempSubdirectory("shacache-ceph-").FullName : Directory.CreateDirectory(diskFolder).FullName;
        var server = new CephServer(folder, FixedPort.Find(), FixedPort.Find(), isOnDisk: diskFolder is not null);
        try
        {
            await server.MakeAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the gateway as a crash does.</summary>
    public Task KillGatewayAsync() => _daemons["gateway"].KillAsync();

    /// <summary>Starts the gateway again.</summary>
    public async Task StartGatewayAsync()
    {
        await StartAsync("gateway", "radosgw", "-f", "-n", "client.gateway");
        await WaitAsync("gateway", () => CaptureAsync("curl", "-fsS", "-o", "/dev/null", "--max-time", "5", "--noproxy", "*", Endpoint.ToString()));
    }

    /// <summary>Stops the OSD, so that the gateway takes requests and answers none that goes to the store.</summary>
    public Task PauseAsync() => CephDaemon.SignalAsync("-STOP", _daemons["osd"].Id);

    /// <summary>Lets it go on, and returns when it serves again.</summary>
    public async Task ResumeAsync()
    {
        await CephDaemon.SignalAsync("-CONT", _daemons["osd"].Id);

        // After a long pause the only OSD waits for a lease that no other gives it: it has to come up anew.
        await RunAsync("ceph", "osd", "down", "0");
        await WaitForOsdAsync();
        await WaitAsync("gateway", () => AskAsync("GET", $"{Bucket}?list-type=2&max-keys=1"));
    }

    /// <summary>Sends a signed request with another program than the one under test.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and parameters, without a slash at the beginning.</param>
    public Task<(int ExitCode, string Output)> AskAsync(string method, string path) => CaptureAsync(
        "curl", "-fsS", "--max-time", "10", "--noproxy", "*", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", $"{AccessKey}:{SecretKey}", "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD",
        "-X", method, new Uri(Endpoint, path).AbsoluteUri);

    public async ValueTask DisposeAsync()
    {
        foreach (string name in new[] { "gateway", "osd", "monitor" })
        {
            if (_daemons.Remove(name, out CephDaemon? daemon))
                await daemon.KillAsync();
        }

        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private async Task MakeAsync()
    {
        string id = Guid.NewGuid().ToString();
        foreach (string name in new[] { "monitor", "osd", "gateway", "run", "log" })
            Directory.CreateDirectory(Path.Join(_folder, name));
        await File.WriteAllTextAsync(Path.Join(_folder, "ceph.conf"), CephConfiguration.Write(_folder, id, _monitorPort, _port, _isOnDisk));
        string keyring = Path.Join(_folder, "keyring");
        await RunToolAsync("ceph-authtool", "-C", keyring, "-g", "-n", "mon.", "--cap", "mon", "allow *");
        await RunToolAsync("ceph-authtool", keyring, "-g", "-n", "client.admin", "--cap", "mon", "allow *", "--cap", "osd", "allow *");
        await RunToolAsync("ceph-authtool", keyring, "-g", "-n", "osd.0", "--cap", "mon", "allow profile osd", "--cap", "osd", "allow *");
        await RunToolAsync("ceph-authtool", keyring, "-g", "-n", "client.gateway", "--cap", "mon", "allow rw", "--cap", "osd", "allow rwx");
        string map = Path.Join(_folder, "monmap");
        await RunToolAsync("monmaptool", "--create", "--fsid", id, "--addv", "a", string.Create(CultureInfo.InvariantCulture, $"[v2:127.0.0.1:{_monitorPort}]"), map);
        await RunAsync("ceph-mon", "-i", "a", "--mkfs", "--monmap", map, "--keyring", keyring);
        await StartAsync("monitor", "ceph-mon", "-f", "-i", "a");
        await WaitAsync("monitor", () => CaptureAsync("ceph", [.. Own, "--connect-timeout", "5", "quorum_status"]));
        string osd = Guid.NewGuid().ToString();
        await RunAsync("ceph", "osd", "new", osd);
        await RunAsync("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd);
        await StartAsync("osd", "ceph-osd", "-f", "-i", "0");
        await WaitForOsdAsync();
        await RunAsync("radosgw-admin", "-n", "client.gateway", "user", "create", "--uid=tests", "--display-name=tests", $"--access-key={AccessKey}", $"--secret-key={SecretKey}", "--max-buckets=0");
        await StartGatewayAsync();
        await WaitAsync("gateway", () => AskAsync("PUT", Bucket));
    }

    private string[] Own => ["-c", Path.Join(_folder, "ceph.conf")];

    private async Task StartAsync(string name, string program, params string[] arguments) =>
        _daemons[name] = await CephDaemon.StartAsync(program, [arguments[0], .. Own, .. arguments[1..]], name == "monitor" ? _folder : null);

    private Task WaitForOsdAsync() => WaitAsync(
        "osd",
        async () =>
        {
            (int exitCode, string output) = await CaptureAsync("ceph", [.. Own, "--connect-timeout", "5", "osd", "stat", "-f", "json"]);
            return (exitCode == 0 && output.Contains("\"num_up_osds\":1", StringComparison.Ordinal) ? 0 : 1, output);
        });

    private async Task WaitAsync(string daemon, Func<Task<(int ExitCode, string Output)>> ask)
    {
        long began = Stopwatch.GetTimestamp();
        (int ExitCode, string Output) answer;
        while ((answer = await ask()).ExitCode != 0)
        {
            if (_daemons[daemon].HasExited || Stopwatch.GetElapsedTime(began) > Patience)
                throw new InvalidOperationException($"The {daemon} of Ceph does not serve: {answer.Output}");
            await Task.Delay(50);
        }
    }

    private Task RunAsync(string program, params string[] arguments) => RunToolAsync(program, [.. Own, .. arguments]);

    private static async Task RunToolAsync(string program, params string[] arguments)
    {
        (int exitCode, string output) = await CaptureAsync(program, arguments);
        if (exitCode != 0)
            throw new InvalidOperationException($"{program} ended with {exitCode}: {output}");
    }

    private static async Task<(int ExitCode, string Output)> CaptureAsync(string program, params string[] arguments)
    {
        using var patience = new CancellationTokenSource(Patience);
        using Process process = Process.Start(CephDaemon.Of(program, arguments))!;
        process.StandardInput.Close();
        string[] output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, string.Concat(output));
    }
}
