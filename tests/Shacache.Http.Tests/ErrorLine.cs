namespace Shacache.Http.Tests;

/// <summary>What every error looks like: one line of plain text in UTF-8.</summary>
internal static class ErrorLine
{
    public static async Task AssertAsync(HttpResponseMessage answer, string part)
    {
        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("text/plain; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        AssertIsOneLine(body);
        Assert.Contains(part, body, StringComparison.Ordinal);
    }

    /// <summary>The same of an answer as it came over the wire.</summary>
    public static void AssertRaw(string answer, int status, string part = "")
    {
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/plain; charset=utf-8\r\n", answer, StringComparison.Ordinal);
        string body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.Contains($"Content-Length: {body.Length}\r\n", answer, StringComparison.Ordinal);
        AssertIsOneLine(body);
        Assert.Contains(part, body, StringComparison.Ordinal);
    }

    private static void AssertIsOneLine(string body)
    {
        Assert.True(body.Length > 10, $"'{body}' says too little.");
        Assert.Equal(body.Length - 1, body.IndexOf('\n', StringComparison.Ordinal));
    }
}
