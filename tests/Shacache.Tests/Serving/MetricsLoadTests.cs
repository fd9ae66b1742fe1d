using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Shacache.Testing;
using Shacache.Testing.Tls;

namespace Shacache.Tests.Serving;

/// <summary>The counters of a server agree with what its clients saw.</summary>
public sealed partial class MetricsLoadTests : IDisposable
{
    private const int Requests = 10_000;
    private const int Workers = 8;

    /// <summary>An upload that ends in its middle: 499 when the reset comes first, 400 when the end does.</summary>
    private const string Aborted = "POST aborted 1.1";

    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(4096);
    private static readonly string Sha512 = Convert.ToHexStringLower(SHA512.HashData(Content));
    private static readonly string Missing = Convert.ToHexStringLower(SHA512.HashData("missing"u8));

    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority = new();
    private readonly HttpClient _http = new();
    private readonly ConcurrentDictionary<string, double> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, double> _sent = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, double> _received = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, double> _outcomes = new(StringComparer.Ordinal);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Metrics_AfterTenThousandRequestsOfAllKinds_AgreeExactly()
    {
        _authority.WritePair("first", _folder["tls.crt"], _folder["tls.key"]);
        using ServerProcess server = await StartAsync("--listen", "https://127.0.0.1:0", "--tls-certificate", _folder["tls.crt"], "--tls-key", _folder["tls.key"]);
        Uri tls = new(Https().Match(server.FirstLine).Value);
        using var root = X509Certificate2.CreateFromPem(_authority.RootPem);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { root } };
        using var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trust } };
        using var http2 = new HttpClient(handler)
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        await PostAsync(_http, server.Url);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(
            async () =>
            {
                for (int number = worker; number < Requests - 1; number += Workers)
                    await SendAsync(number % 3 == 0 ? (http2, tls) : (_http, server.Url), server.Url, number);
            },
            Token)));

        MetricsPage page = null!;
        try
        {
            // What was aborted is counted when the server notices.
            await Eventually.IsTrueAsync(async () =>
            {
                page = await MetricsPage.ReadAsync(_http, server.Url);
                return Answers(page).Values.Sum() >= Requests;
            });
        }
        finally
        {
            Assert.Equal(Show(Sorted(_answers)), Show(Answers(page)));
        }

        Assert.Equal(Show(Sorted(_sent)), Show(page.Sum("shacache_sent_bytes_total", labels => IsLoad(labels) && (labels["method"], labels["status"]) != ("POST", "400"), "method", "status")));
        Assert.Equal(Show(Sorted(_received)), Show(page.Sum("shacache_received_bytes_total", labels => labels["status"] == "201", "method", "status")));
        Assert.Equal(Show(Sorted(_outcomes)), Show(page.Sum("shacache_requests_total", _ => true, "surface", "outcome")));
    }

    private static SortedDictionary<string, double> Answers(MetricsPage page)
    {
        SortedDictionary<string, double> answers = page.Sum(
            "http_server_request_duration_seconds_count", IsLoad, "http_request_method", "http_response_status_code", "network_protocol_version");
        double aborted = 0;
        foreach (string key in new[] { "POST 400 1.1", "POST 499 1.1" })
        {
            aborted += answers.GetValueOrDefault(key);
            answers.Remove(key);
        }

        answers[Aborted] = aborted;
        return answers;
    }

    private static string Show(SortedDictionary<string, double> counts) => string.Join('\n', counts.Select(count => $"{count.Key} {count.Value}"));

    private static bool IsLoad(Dictionary<string, string> labels) =>
        labels.GetValueOrDefault("http_route") != "/metrics" && labels.GetValueOrDefault("surface") != "metrics";

    private static SortedDictionary<string, double> Sorted(ConcurrentDictionary<string, double> counts) =>
        new(counts.Where(count => count.Value != 0).ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);

    private Task<ServerProcess> StartAsync(params string[] more) =>
        ServerProcess.StartAsync(["serve", "--listen", "http://127.0.0.1:0", "--data", _folder["data"], .. more]);

    private async Task SendAsync((HttpClient Client, Uri Url) to, Uri server, int number)
    {
        switch (number % 12)
        {
            case 0:
                await AskAsync(to, HttpMethod.Get, $"/shacache/{Sha512}", "cache hit");
                break;
            case 1:
                await AskAsync(to, HttpMethod.Head, $"/shacache/{Sha512}", "cache hit");
                break;
            case 2:
                await AskAsync(to, HttpMethod.Get, $"/shacache/{Sha512}", "cache hit", headers => headers.IfNoneMatch.Add(EntityTagHeaderValue.Any));
                break;
            case 3:
                await AskAsync(to, HttpMethod.Get, $"/shacache/{Sha512}", "cache hit", headers => headers.Range = new RangeHeaderValue(0, 99));
                break;
            case 4:
                await AskAsync(to, HttpMethod.Get, $"/shacache/{Sha512}", "cache hit", headers => headers.Range = new RangeHeaderValue(5000, null));
                break;
            case 5:
                await AskAsync(to, HttpMethod.Get, $"/shacache/{Missing}", "cache miss");
                break;
            case 6:
                await AskAsync(to, HttpMethod.Get, "/shadir/no-such-key", "dir miss");
                break;
            case 7:
                await AskAsync(to, HttpMethod.Delete, $"/shacache/{Sha512}");
                break;
            case 8:
                await AskAsync(to, HttpMethod.Get, "/fetch/https/example.org/file");
                break;
            case 9:
                // A page of another site.
                await AskAsync(to, HttpMethod.Post, "/shacache", change: headers => headers.Add("Origin", "http://example.org"));
                break;
            case 10:
                await PostAsync(to.Client, to.Url);
                break;
            default:
                await BreakAsync(server, number);
                break;
        }
    }

    private async Task AskAsync((HttpClient Client, Uri Url) to, HttpMethod method, string path, string? outcome = null, Action<HttpRequestHeaders>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(to.Url, path)) { Version = to.Client.DefaultRequestVersion, VersionPolicy = to.Client.DefaultVersionPolicy };
        change?.Invoke(request.Headers);
        using HttpResponseMessage answer = await to.Client.SendAsync(request, Token);
        byte[] body = await answer.Content.ReadAsByteArrayAsync(Token);
        Note(answer, body.Length);
        if (outcome is not null)
            Add(_outcomes, outcome, 1);
    }

    private async Task PostAsync(HttpClient client, Uri url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, "/shacache"))
        {
            Content = new ByteArrayContent(Content),
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
        };
        using HttpResponseMessage answer = await client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Note(answer, (await answer.Content.ReadAsByteArrayAsync(Token)).Length);
        Add(_received, "POST 201", Content.Length);
    }

    /// <summary>Sends what is no request, or half of one.</summary>
    private async Task BreakAsync(Uri server, int number)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port, Token);
        bool isMalformed = number % 24 == 11;
        string text = isMalformed ? "FOO\r\n\r\n" : "POST /shacache HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(text), Token);
        byte[] answer = new byte[4096];
        if (!isMalformed)
        {
            // The server reads the body by then.
            await socket.ReceiveAsync(answer, Token);
            socket.Close(0);
            Add(_answers, Aborted, 1);
            return;
        }

        int count = 0;
        for (int read; (read = await socket.ReceiveAsync(answer.AsMemory(count), Token)) > 0;)
            count += read;
        Add(_answers, "_OTHER 400 1.0", 1);
        Add(_sent, "_OTHER 400", count - Encoding.ASCII.GetString(answer, 0, count).IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4);
    }

    private void Note(HttpResponseMessage answer, int bodyBytes)
    {
        string what = $"{answer.RequestMessage!.Method} {(int)answer.StatusCode}";
        Add(_answers, $"{what} {(answer.Version.Major == 2 ? "2" : "1.1")}", 1);
        Add(_sent, what, bodyBytes);
    }

    private static void Add(ConcurrentDictionary<string, double> counts, string key, double count) =>
        counts.AddOrUpdate(key, count, (_, before) => before + count);

    [GeneratedRegex(@"https://[^ ;]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Https();
}
