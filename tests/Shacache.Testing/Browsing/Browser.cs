using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Shacache.Testing.Browsing;

/// <summary>A headless Chromium, asked through its DevTools protocol. One serves many tests.</summary>
public sealed class Browser : IAsyncDisposable
{
    private const string Program = "chromium";

    /// <summary>A safety net: what takes as long is broken.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _waiting = new();
    private readonly ConcurrentDictionary<string, BrowserPage> _pages = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _receiving = Task.CompletedTask;
    private Task _draining = Task.CompletedTask;
    private int _lastId;

    private Browser()
    {
        string[] arguments =
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--no-first-run",
            "--no-proxy-server", "--remote-debugging-port=0", $"--user-data-dir={_folder["profile"]}", "about:blank",
        ];
        _process = Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
    }

    /// <summary>Skips the test, visibly, when there is no Chromium; under CI it fails.</summary>
    public static void Require()
    {
        if ((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, Program))))
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail($"{Program} is not installed.");
        Assert.Skip($"{Program} is not installed; ./test installs it when it runs as root.");
    }

    public static async Task<Browser> StartAsync()
    {
        var browser = new Browser();
        try
        {
            await browser.ConnectAsync();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    private async Task ConnectAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        const string Listening = "DevTools listening on ";
        string? line;
        do
            line = await _process.StandardError.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("The browser ended before it listened.");
        while (!line.StartsWith(Listening, StringComparison.Ordinal));
        _draining = DrainAsync(_process.StandardError);
        _socket.Options.Proxy = null;
        await _socket.ConnectAsync(new Uri(line[Listening.Length..]), patience.Token);
        _receiving = ReceiveAsync();
    }

    /// <summary>A new, empty page.</summary>
    public async Task<BrowserPage> OpenAsync()
    {
        JsonNode target = await SendAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        JsonNode attached = await SendAsync("Target.attachToTarget", new JsonObject { ["targetId"] = target["targetId"]!.GetValue<string>(), ["flatten"] = true });
        string session = attached["sessionId"]!.GetValue<string>();
        BrowserPage page = _pages[session] = new BrowserPage(this, session);
        foreach (string domain in new[] { "Page", "Log", "Runtime", "Network" })
            await page.SendAsync($"{domain}.enable");
        return page;
    }

    internal async Task<JsonNode> SendAsync(string method, JsonObject? parameters = null, string? session = null)
    {
        int id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (session is not null)
            message["sessionId"] = session;
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, _stopping.Token);
        }
        finally
        {
            _sending.Release();
        }

        return await answer.Task.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _receiving;
        _socket.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _draining;
        _process.Dispose();
        _stopping.Dispose();
        _sending.Dispose();
        try
        {
            _folder.Dispose();
        }
        catch (IOException)
        {
            // A process of the browser that is about to end still writes there.
        }
    }

    /// <summary>Nobody reads what it says later; a full pipe would stop it.</summary>
    private static async Task DrainAsync(StreamReader said)
    {
        while (await said.ReadLineAsync() is not null)
        {
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult part = await _socket.ReceiveAsync(buffer.AsMemory(), _stopping.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                    break;
                message.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage)
                    continue;
                Handle(JsonNode.Parse(message.ToArray())!);
                message.SetLength(0);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The browser goes.
        }

        foreach (TaskCompletionSource<JsonNode> waiting in _waiting.Values)
            waiting.TrySetException(new InvalidOperationException("The browser is gone."));
    }

    private void Handle(JsonNode message)
    {
        if (message["id"]?.GetValue<int>() is { } id)
        {
            if (_waiting.TryRemove(id, out TaskCompletionSource<JsonNode>? waiting) && !(message["error"] is { } error && waiting.TrySetException(new InvalidOperationException(error.ToJsonString()))))
                waiting.TrySetResult(message["result"]!);
        }
        else if (message["sessionId"]?.GetValue<string>() is { } session && _pages.TryGetValue(session, out BrowserPage? page))
        {
            page.Handle(message["method"]!.GetValue<string>(), message["params"]!);
        }
    }
}
