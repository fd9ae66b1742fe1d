using Shacache.Benchmarks.Load;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Servers;

/// <summary>What is measured: <c>shacache serve</c>, as an operator starts it.</summary>
internal sealed class ShacacheServer : ServerProcess
{
    public const string BlobPath = "/shacache/";
    public const string EntryPath = "/shadir/";

    /// <summary>The database, below the data folder.</summary>
    public const string DatabaseFile = "shacache.sqlite";

    private ShacacheServer(int port, OurProgram program, string dataFolder, params string[] options)
        : base(port, dataFolder + ".log", [.. program.Command, "serve", "--data", dataFolder, "--listen", $"http://127.0.0.1:{port}", .. options])
    {
        Program = program;
    }

    /// <summary>Which build it is.</summary>
    public OurProgram Program { get; }

    /// <summary>Starts it and waits for its first answer.</summary>
    /// <param name="program">The build.</param>
    /// <param name="dataFolder">Made when it is missing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="options">More options of <c>serve</c>.</param>
    public static ShacacheServer Start(OurProgram program, string dataFolder, CancellationToken cancellationToken, params string[] options)
    {
        var server = new ShacacheServer(FindFreePort(), program, dataFolder, options);
        server.WaitUntilAnswering("/healthz", cancellationToken);
        return server;
    }

    /// <summary>Starts it with HTTP and, on <see cref="ServerProcess.TlsPort"/>, HTTPS.</summary>
    /// <param name="program">The build.</param>
    /// <param name="dataFolder">Made when it is missing.</param>
    /// <param name="certificate">PEM file with the certificate and its key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static ShacacheServer StartTls(OurProgram program, string dataFolder, string certificate, CancellationToken cancellationToken)
    {
        int tlsPort = FindFreePort();
        var server = new ShacacheServer(
            FindFreePort(), program, dataFolder, "--listen", $"https://127.0.0.1:{tlsPort}", "--tls-certificate", certificate)
        {
            TlsPort = tlsPort,
        };
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
}
