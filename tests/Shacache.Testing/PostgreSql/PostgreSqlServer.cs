using System.Diagnostics;
using System.Globalization;

namespace Shacache.Testing.PostgreSql;

/// <summary>A PostgreSQL of the tests' own, on a Unix socket in a temporary folder: no port, and nothing of one that the machine may have.</summary>
/// <remarks>It runs as a user that is not root, as it demands, and ends with the test process, however that ends.</remarks>
public sealed partial class PostgreSqlServer : IAsyncDisposable
{
    public const string User = "postgres";
    private const string Debian = "/usr/lib/postgresql";

    /// <summary>A safety net: what takes as long is broken.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly Lazy<Task<PostgreSqlServer>> TheShared = new(() => StartAsync("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"));

    private readonly string _folder;
    private readonly string[] _settings;
    private string[] _paused = [];
    private Process? _process;
    private Task _draining = Task.CompletedTask;

    private PostgreSqlServer(string folder, string[] settings) => (_folder, _settings) = (folder, settings);

    /// <summary>The one that tests share which do not harm it: nothing of it survives a power loss.</summary>
    public static Task<PostgreSqlServer> Shared => TheShared.Value;

    /// <summary>The folder of its socket.</summary>
    public string SocketFolder => Path.Join(_folder, "socket");

    private string DataFolder => Path.Join(_folder, "data");

    /// <summary>The folder of its programs; null when there is none.</summary>
    public static string? Programs { get; } = FindPrograms();

    /// <summary>Whether there is one.</summary>
    public static bool IsInstalled => Programs is not null;

    /// <summary>Makes a server with data of its own, and starts it.</summary>
    /// <param name="settings">As in postgresql.conf.</param>
    public static async Task<PostgreSqlServer> StartAsync(params string[] settings)
    {
        PostgreSqlServer server = New(settings);
        await RunAsync("initdb", "-D", server.DataFolder, "-U", User, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions");
        await server.StartAsync();
        return server;
    }

    /// <summary>Makes a standby of this server, and starts it.</summary>
    public async Task<PostgreSqlServer> StartStandbyAsync()
    {
        PostgreSqlServer standby = New(_settings);
        await RunAsync("pg_basebackup", "-h", SocketFolder, "-U", User, "-D", standby.DataFolder, "-R", "-c", "fast", "-X", "stream", "--no-sync");
        await standby.StartAsync();
        return standby;
    }

    /// <summary>Makes a standby the one that takes changes.</summary>
    public Task PromoteAsync() => RunAsync("pg_ctl", "promote", "-D", DataFolder, "-w");

    /// <summary>Starts it again on its data.</summary>
    public async Task StartAsync()
    {
        // The server ends when the input of the shell does, which the kernel closes when this process ends; and the shell ends with the server.
        const string UntilInputEnds = "exec 3<&0; \"$@\" </dev/null & server=$!; (read line <&3; kill -QUIT $server 2>/dev/null) & wait $server";
        string[] arguments =
        [
            "-c", UntilInputEnds, "sh", Path.Join(Programs, "postgres"), "-D", DataFolder, "-c", "listen_addresses=", "-c", $"unix_socket_directories={SocketFolder}",
            .. _settings.SelectMany(setting => new[] { "-c", setting }),
        ];
        using var patience = new CancellationTokenSource(Patience);
        Launch();
        while ((await CaptureAsync("pg_isready", "-q", "-h", SocketFolder, "-U", User)).ExitCode != 0)
        {
            await Task.Delay(20, patience.Token);
            if (!_process!.HasExited)
                continue;

            // One that was killed leaves processes behind for a moment, which hold its memory: until they are gone it does not start.
            await StopShellAsync();
            Launch();
        }

        void Launch()
        {
            _process = Process.Start(NotAsRoot("/bin/sh", arguments))!;
            _draining = Task.WhenAll(_process.StandardOutput.ReadToEndAsync(CancellationToken.None), _process.StandardError.ReadToEndAsync(CancellationToken.None));
        }
    }

    /// <summary>Kills it as a crash does: no process of it ends in good order.</summary>
    public async Task KillAsync()
    {
        int pid = int.Parse(File.ReadLines(PidPath).First(), CultureInfo.InvariantCulture);
        using (var server = Process.GetProcessById(pid))
            server.Kill();

        // Its own processes end when they find it gone.
        await StopShellAsync();
        File.Delete(PidPath);
    }

    /// <summary>Stops its processes, so that it hangs: connections are taken, and nothing is answered.</summary>
    public async Task PauseAsync()
    {
        string others = await RunSqlAsync("postgres", "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
        _paused = [File.ReadLines(PidPath).First(), .. others.Split('\n')];
        await SignalAsync("-STOP", _paused);
    }

    /// <summary>Lets them go on.</summary>
    public async Task ResumeAsync()
    {
        await SignalAsync("-CONT", _paused);
        _paused = [];
    }

    /// <summary>Runs statements as the superuser.</summary>
    /// <returns>What they print, a row a line, columns separated by '|'.</returns>
    public async Task<string> RunSqlAsync(string database, string sql)
    {
        (int exitCode, string output) = await CaptureAsync("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", SocketFolder, "-U", User, "-d", database, "-c", sql);
        return exitCode == 0 ? output.TrimEnd('\n') : throw new InvalidOperationException(output);
    }

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = $"test_{Guid.NewGuid():N}";
        await RunSqlAsync("postgres", $"CREATE DATABASE {name} TEMPLATE template0");
        return name;
    }

    /// <summary>Removes a database, whoever uses it.</summary>
    public Task DropDatabaseAsync(string name) => RunSqlAsync("postgres", $"DROP DATABASE {name} WITH (FORCE)");

    /// <summary>Where a database is, for programs.</summary>
    public string UriOf(string database) => $"postgresql://{User}@{Uri.EscapeDataString(SocketFolder)}/{database}";

    public async ValueTask DisposeAsync()
    {
        if (_paused.Length > 0)
            await ResumeAsync();
        await StopShellAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string PidPath => Path.Join(DataFolder, "postmaster.pid");

    private static PostgreSqlServer New(string[] settings)
    {
        Require();
        string folder = Directory.CreateTempSubdirectory("shacache-pg-").FullName;
        Directory.CreateDirectory(Path.Join(folder, "socket"));
        if (Environment.IsPrivilegedProcess)
        {
            using Process own = Process.Start("chown", ["-R", User, folder]);
            own.WaitForExit();
        }

        return new PostgreSqlServer(folder, settings);
    }

    private static string? FindPrograms()
    {
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        if (Directory.Exists(Debian))
            folders = folders.Concat(Directory.GetDirectories(Debian).OrderDescending(StringComparer.Ordinal).Select(version => Path.Join(version, "bin")));
        string[] needed = ["postgres", "initdb", "pg_isready", "psql", "pg_basebackup", "pg_ctl"];
        return folders.FirstOrDefault(folder => needed.All(program => File.Exists(Path.Join(folder, program))));
    }

    private static ProcessStartInfo NotAsRoot(string program, params string[] arguments)
    {
        string[] own = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups", program, .. arguments] : [program, .. arguments];
        return new ProcessStartInfo(own[0], own[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
    }

    private static async Task<(int ExitCode, string Output)> CaptureAsync(string program, params string[] arguments)
    {
        using var patience = new CancellationTokenSource(Patience);
        using Process process = Process.Start(NotAsRoot(Path.Join(Programs, program), arguments))!;
        process.StandardInput.Close();
        string[] output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, string.Concat(output));
    }

    private static async Task SignalAsync(string signal, string[] processes)
    {
        using Process kill = Process.Start("kill", [signal, .. processes]);
        await kill.WaitForExitAsync();
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        (int exitCode, string output) = await CaptureAsync(program, arguments);
        if (exitCode != 0)
            throw new InvalidOperationException($"{program} ended with {exitCode}: {output}");
    }

    private async Task StopShellAsync()
    {
        if (_process is not { } shell)
            return;
        _process = null;
        shell.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        await shell.WaitForExitAsync(patience.Token);
        await _draining;
        shell.Dispose();
    }
}
