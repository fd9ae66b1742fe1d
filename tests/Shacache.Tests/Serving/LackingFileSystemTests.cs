using System.Net;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>File systems that lack what others have: each call has a second way, or the message names the real reason.</summary>
public sealed class LackingFileSystemTests : IDisposable
{
    /// <summary>Makes system calls fail in the program that it then becomes (seccomp). The first argument: NAME=ERROR, or NAME:SECOND_ARGUMENT=ERROR, with spaces between.</summary>
    private const string Filter = """
        import ctypes, os, platform, struct, sys
        arm = platform.machine() == "aarch64"
        numbers = {"sendfile": (40, 71), "fcntl": (72, 25), "flock": (73, 32), "fsync": (74, 82), "fdatasync": (75, 83), "fadvise64": (221, 223), "linkat": (265, 37),
                   "sync_file_range": (277, 84), "fallocate": (285, 47), "syncfs": (306, 267), "renameat2": (316, 276), "statx": (332, 291)}
        code = []
        def step(op, yes, no, value): code.append(struct.pack("HBBI", op, yes, no, value))
        for failure in sys.argv[1].split():
            call, error = failure.split("=")
            name, _, argument = call.partition(":")
            step(0x20, 0, 0, 0)
            step(0x15, 0, 3 if argument else 1, numbers[name][arm])
            if argument:
                step(0x20, 0, 0, 24)
                step(0x15, 0, 1, int(argument))
            step(0x06, 0, 0, 0x00050000 | int(error))
        step(0x06, 0, 0, 0x7fff0000)
        text = ctypes.create_string_buffer(b"".join(code))
        libc = ctypes.CDLL(None, use_errno=True)
        program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(text)))
        libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.addressof(program), 0, 0):
            sys.exit("seccomp: " + os.strerror(ctypes.get_errno()))
        os.execvp(sys.argv[2], sys.argv[2:])
        """;

    private static readonly HttpClient Http = new();

    private readonly TemporaryFolder _folder = new();

    public LackingFileSystemTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/python3"), "Needs Linux and python3.");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("flock=38")]
    [InlineData("flock=37")]
    [InlineData("linkat=1")]
    [InlineData("linkat=18")]
    [InlineData("linkat=2")]
    [InlineData("syncfs=38")]
    [InlineData("fdatasync=38")]
    [InlineData("statx=38")]
    [InlineData("sendfile=22 fadvise64=22 sync_file_range=38 fallocate=95 renameat2=22")]
    public async Task Serve_CallIsMissing_StoresAndServesAllTheSame(string missing)
    {
        byte[][] contents = [new byte[100], new byte[300_000], new byte[10_000_000]];
        foreach (byte[] content in contents)
            Random.Shared.NextBytes(content);
        using (ServerProcess server = await ServeAsync(missing))
        {
            foreach (byte[] content in contents)
            {
                using HttpResponseMessage stored = await Http.PostAsync(new Uri(server.Url, "/shacache"), new ByteArrayContent(content), Token);
                Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
                Assert.Equal(content, await Http.GetByteArrayAsync(new Uri(server.Url, $"/shacache/{Digest.Compute(content)}"), Token));
            }
        }

        using ServerProcess again = await ServeAsync(missing);
        foreach (byte[] content in contents)
            Assert.Equal(content, await Http.GetByteArrayAsync(new Uri(again.Url, $"/shacache/{Digest.Compute(content)}"), Token));
        Assert.Empty(Directory.GetFiles(_folder["data", "incoming"]));
    }

    [Fact]
    public async Task Serve_NoFlock_ASecondServerIsKeptAwayAllTheSame()
    {
        using ServerProcess first = await ServeAsync("flock=38");

        ProgramResult second = await RunAsync("flock=38", "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");

        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"is in use by process {first.Id};", second.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flock=38 fcntl:37=38", "Function not implemented")]
    [InlineData("flock=37 fcntl:37=37", "No locks available")]
    public async Task Serve_NoLocksAtAll_Exits1WithTheReason(string missing, string reason)
    {
        ProgramResult result = await RunAsync(missing, "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");

        Assert.Equal(1, result.ExitCode);
        string line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"its file system has no locks, without which a second server could not be kept away (flock: {reason}; fcntl: {reason})", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linkat=1", false)]
    [InlineData("linkat=18", true)]
    public async Task Download_FilesWithoutANameCannotGetOne_TheFileIsThere(string missing, bool replaces)
    {
        byte[] content = new byte[1_000_000];
        Random.Shared.NextBytes(content);
        using ServerProcess server = await ServeAsync("flock=38");
        using (HttpResponseMessage stored = await Http.PostAsync(new Uri(server.Url, "/shacache"), new ByteArrayContent(content), Token))
            Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        string url = new Uri(server.Url, $"/shacache/{Digest.Compute(content)}").AbsoluteUri;
        File.WriteAllText(_folder["slapos.cfg"], "[networkcache]\n");
        Directory.CreateDirectory(_folder["out"]);
        if (replaces)
            File.WriteAllText(_folder["out", "file"], "old");

        ProgramResult result = await RunAsync(missing, "fetch", "-c", _folder["slapos.cfg"], url, "-o", _folder["out", "file"]);

        Assert.Equal((0, content.Length), (result.ExitCode, new FileInfo(_folder["out", "file"]).Length));
        Assert.Equal(content, await File.ReadAllBytesAsync(_folder["out", "file"], Token));
        Assert.Equal([_folder["out", "file"]], Directory.GetFileSystemEntries(_folder["out"]));
    }

    private Task<ServerProcess> ServeAsync(string missing) =>
        ServerProcess.StartThroughAsync(["python3", "-c", Filter, missing], "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");

    private Task<ProgramResult> RunAsync(string missing, params string[] arguments) =>
        ShacacheProgram.RunThroughAsync(_folder.Path, "python3", ["-c", Filter, missing], arguments);
}
