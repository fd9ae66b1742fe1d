using Shacache.Benchmarks.Load;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Servers;

/// <summary>What is measured: <c>shacache serve</c> in the Release build, as an operator starts it.</summary>
internal sealed class ShacacheServer : ServerProcess
{
    public const string BlobPath = "/shacache/";
    public const string EntryPath = "/shadir/";

    /// <summary>The database, below the data folder.</summary>
    public const string DatabaseFile = "shacache.sqlite";

    private ShacacheServer(int port, string program, string dataFolder, params string[] more)
        : base(port, dataFolder + ".log", ["dotnet", program, "serve", "--data", dataFolder, "--listen", $"http://127.0.0.1:{port}", .. more])
    {
    }

    /// <summary>Where it speaks HTTPS; 0 when it does not.</summary>
    public int TlsPort { get; private init; }

    /// <summary>Starts it and waits for its first answer.</summary>
    /// <param name="dataFolder">Made when it is missing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="options">More options of <c>serve</c>.</param>
    public static ShacacheServer Start(string dataFolder, CancellationToken cancellationToken, params string[] options)
    {
        var server = new ShacacheServer(FindFreePort(), FindProgram(), dataFolder, options);
        server.WaitUntilAnswering("/healthz", cancellationToken);
        return server;
    }

    /// <summary>Starts another build, likewise.</summary>
    public static ShacacheServer StartOther(string program, string dataFolder, CancellationToken cancellationToken)
    {
        var server = new ShacacheServer(FindFreePort(), program, dataFolder);
        server.WaitUntilAnswering("/healthz", cancellationToken);
        return server;
    }

    /// <summary>Uploads a file.</summary>
    /// <exception cref="LoadException">It was refused, or stored under another digest.</exception>
    public async Task UploadAsync(HttpClient http, string path, Digest digest, CancellationToken cancellationToken)
    {
        await using FileStream file = File.OpenRead(path);
        using HttpResponseMessage answer = await http.PostAsync(new Uri(Url, BlobPath), new StreamContent(file), cancellationToken);
        string text = await answer.Content.ReadAsStringAsync(cancellationToken);
        if ((int)answer.StatusCode != 201 || text != digest.ToString())
            throw new LoadException($"the upload of {digest} was answered {(int)answer.StatusCode} {text}");
    }

    /// <summary>Starts it with HTTP and, on <see cref="TlsPort"/>, HTTPS.</summary>
    /// <param name="dataFolder">Made when it is missing.</param>
    /// <param name="certificate">PEM file with the certificate and its key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static ShacacheServer StartTls(string dataFolder, string certificate, CancellationToken cancellationToken)
    {
        int tlsPort = FindFreePort();
        var server = new ShacacheServer(
            FindFreePort(), FindProgram(), dataFolder, "--listen", $"https://127.0.0.1:{tlsPort}", "--tls-certificate", certificate)
        {
            TlsPort = tlsPort,
        };
        server.WaitUntilAnswering("/healthz", cancellationToken);
        return server;
    }

    /// <summary>The program as <c>./shacache</c> built it: this one lies in benchmarks/Shacache.Benchmarks/bin/Release/net10.0.</summary>
    public static string FindProgram()
    {
        string root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));
        string program = Path.Combine(root, "src/Shacache/bin/program/shacache.dll");
        return File.Exists(program) ? program : throw new LoadException($"{program} is missing; ./shacache --version builds it");
    }
}
