using System.Text;
using System.Text.Json.Nodes;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>Replays what Python's HTTP library sent (exchanges/README.md).</summary>
public class RecordedExchangeTests(ServerUnderTest server)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "exchanges");

    [Fact]
    public async Task RecordedRequests_InTheirOrder_GetTheAnswersThatAreDue()
    {
        string[] requests = [.. Directory.GetFiles(Folder, "*.request").Order(StringComparer.Ordinal)];
        Assert.True(requests.Length >= 14);
        foreach (string request in requests)
        {
            byte[] sent = ForThisServer(await File.ReadAllBytesAsync(request, TestContext.Current.CancellationToken));
            byte[] due = await File.ReadAllBytesAsync(Path.ChangeExtension(request, ".response"), TestContext.Current.CancellationToken);
            bool forDirectory = Path.GetFileName(request).Contains("-entry-", StringComparison.Ordinal);
            await using WireConnection connection = await server.OpenAsync(forDirectory ? "{dir}" : "{cache}");
            await connection.SendAsync(sent);
            WireResponse response = await connection.ReceiveAsync();
            await connection.AssertClosedByServerAsync();
            AssertDue(Path.GetFileName(request), due, response);
        }
    }

    private static void AssertDue(string name, byte[] due, WireResponse response)
    {
        int headEnd = due.AsSpan().IndexOf("\r\n\r\n"u8);
        string[] lines = Encoding.ASCII.GetString(due, 0, headEnd).Split("\r\n");
        string failure = $"{name} got: {response}";
        Assert.True(response.StatusLine.StartsWith(lines[0] + " ", StringComparison.Ordinal), failure);
        foreach (string line in lines[1..])
        {
            string[] parts = line.Split(": ", 2);
            Assert.True(string.Equals(parts[1], response.Header(parts[0]), StringComparison.OrdinalIgnoreCase), $"{line} is due. {failure}");
        }

        byte[] body = due[(headEnd + 4)..];
        if (response.Status >= 400)
            Assert.True(response.Body.Length > 0, failure);
        else if (response.Header("Content-Type") == "application/json")
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(body), JsonNode.Parse(response.Body)), failure);
        else
            Assert.True(body.AsSpan().SequenceEqual(response.Body), failure);
    }

    /// <summary>Only the recorded paths are adapted, where a server has the surfaces elsewhere.</summary>
    private byte[] ForThisServer(byte[] request)
    {
        string text = Encoding.Latin1.GetString(request);
        return Encoding.Latin1.GetBytes(text
            .Replace(" /shacache", " " + server.Fill("{cache}"), StringComparison.Ordinal)
            .Replace(" /shadir", " " + server.Fill("{dir}"), StringComparison.Ordinal));
    }
}
