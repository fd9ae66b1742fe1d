using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Shacache.Testing.Browsing;

/// <summary>A page of a <see cref="Browser"/>.</summary>
public sealed class BrowserPage
{
    private readonly Browser _browser;
    private readonly string _session;
    private readonly ConcurrentQueue<string> _complaints = new();
    private TaskCompletionSource _loaded = new();

    internal BrowserPage(Browser browser, string session)
    {
        _browser = browser;
        _session = session;
    }

    /// <summary>What the browser complained about since the page was loaded: violations of its policy, errors, what could not be loaded.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>The status of the last page.</summary>
    public int Status { get; private set; }

    /// <summary>Shows the page to a screen of a width, in a colour scheme.</summary>
    public async Task SetScreenAsync(int width, bool isDark)
    {
        await SendAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 900, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        await SendAsync("Emulation.setEmulatedMedia", new JsonObject
        {
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = isDark ? "dark" : "light" }),
        });
    }

    /// <summary>Sends a header with every request.</summary>
    public Task SetHeaderAsync(string name, string value) => SendAsync("Network.setExtraHTTPHeaders", new JsonObject { ["headers"] = new JsonObject { [name] = value } });

    /// <summary>Loads a page, and waits until it is there.</summary>
    public async Task GoAsync(Uri url)
    {
        _complaints.Clear();
        Status = 0;
        _loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync("Page.navigate", new JsonObject { ["url"] = url.AbsoluteUri });
        await _loaded.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Presses a key.</summary>
    public async Task PressAsync(string key, int code)
    {
        foreach (string type in new[] { "rawKeyDown", "keyUp" })
            await SendAsync("Input.dispatchKeyEvent", new JsonObject { ["type"] = type, ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code });
    }

    /// <summary>The value of an expression of JavaScript, which the page's own policy does not bind.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        JsonNode answer = await SendAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true });
        return answer["exceptionDetails"] is { } failure ? throw new InvalidOperationException(failure.ToJsonString()) : answer["result"]!["value"];
    }

    internal Task<JsonNode> SendAsync(string method, JsonObject? parameters = null) => _browser.SendAsync(method, parameters, _session);

    internal void Handle(string method, JsonNode parameters)
    {
        switch (method)
        {
            case "Page.loadEventFired":
                _loaded.TrySetResult();
                break;
            case "Log.entryAdded" when parameters["entry"]!["level"]!.GetValue<string>() is "error" or "warning":
                _complaints.Enqueue(parameters["entry"]!["text"]!.GetValue<string>());
                break;
            case "Runtime.consoleAPICalled" or "Runtime.exceptionThrown" or "Page.javascriptDialogOpening":
                _complaints.Enqueue($"{method}: {parameters.ToJsonString()}");
                break;
            case "Network.responseReceived" when parameters["type"]!.GetValue<string>() == "Document":
                Status = parameters["response"]!["status"]!.GetValue<int>();
                break;
        }
    }
}
