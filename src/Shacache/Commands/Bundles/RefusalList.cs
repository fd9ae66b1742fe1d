using System.Text.Json.Nodes;
using Shacache.Cli.Output;
using Shacache.Client.Bundles;

namespace Shacache.Cli.Commands.Bundles;

/// <summary>What was left out: a line for each, and for JSON a list.</summary>
/// <param name="terminal">Shows the lines.</param>
/// <param name="json">Whether the list is wanted.</param>
internal sealed class RefusalList(Terminal terminal, bool json)
{
    /// <summary>The list has no more; the lines on the error output are complete.</summary>
    private const int MaxListed = 10_000;

    private readonly JsonArray _list = [];

    public void Add(BundleRefusal refusal)
    {
        terminal.Say($"refused {refusal}");
        if (json && _list.Count < MaxListed)
            _list.Add(new JsonObject { ["key"] = refusal.Key, ["sha512"] = refusal.Content?.ToString(), ["reason"] = refusal.Reason });
    }

    public JsonArray ToJson() => _list;
}
