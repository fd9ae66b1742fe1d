using System.Diagnostics;
using System.Globalization;

namespace Shacache.Testing.Ceph;

/// <summary>A daemon that ends with the test process, however that ends.</summary>
internal sealed class CephDaemon
{
    private readonly Process _shell;
    private readonly Task _draining;

    private CephDaemon(Process shell, int id)
    {
        (_shell, Id) = (shell, id);
        _draining = Task.WhenAll(shell.StandardOutput.ReadToEndAsync(CancellationToken.None), shell.StandardError.ReadToEndAsync(CancellationToken.None));
    }

    /// <summary>Of the daemon itself.</summary>
    public int Id { get; }

    public bool HasExited => _shell.HasExited;

    /// <summary>Starts one.</summary>
    /// <param name="program">Its program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Removed when it has ended; null for none.</param>
    public static async Task<CephDaemon> StartAsync(string program, string[] arguments, string? folder)
    {
        // The kernel closes the input when this process ends; the shell then kills the daemon, and ends with it. Others that end at that moment may still write into the folder.
        const string UntilInputEnds =
            "exec 3<&0; \"$@\" </dev/null & daemon=$!; echo $daemon; (read line <&3; kill -KILL $daemon 2>/dev/null) & wait $daemon; " +
            "[ -z \"$CEPH_FOLDER\" ] || { rm -rf \"$CEPH_FOLDER\"; sleep 1; rm -rf \"$CEPH_FOLDER\"; }";
        ProcessStartInfo start = Of("/bin/sh", ["-c", UntilInputEnds, "sh", program, .. arguments]);
        start.Environment["CEPH_FOLDER"] = folder ?? "";
        Process shell = Process.Start(start)!;
        string id = await shell.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"{program} did not start.");
        return new CephDaemon(shell, int.Parse(id, CultureInfo.InvariantCulture));
    }

    public static ProcessStartInfo Of(string program, string[] arguments) => new(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        UseShellExecute = false,
        WorkingDirectory = "/",
    };

    public static async Task SignalAsync(string signal, int id)
    {
        using Process kill = Process.Start("kill", [signal, id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async Task KillAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        await _draining;
        _shell.Dispose();
    }
}
