using System.IO.Pipelines;

namespace Shacache.Protocol.Tests;

public sealed class BodyLengthTests
{
    [Theory]
    [InlineData(null, null, false, true)]
    [InlineData("4", null, true, true)]
    [InlineData("4|4", null, true, true)]
    [InlineData(null, "chunked", true, true)]
    [InlineData("3|4", null, true, false)]
    [InlineData("-1", null, false, false)]
    [InlineData("4", "chunked", true, false)]
    [InlineData(null, "gzip, chunked", true, false)]
    public void Headers_OfAnAnswer_TellWhereItEnds(string? lengths, string? encoding, bool isTold, bool isClear)
    {
        using var answer = new HttpResponseMessage { Content = new StreamContent(PipeReader.Create(Stream.Null).AsStream()) };
        foreach (string length in lengths?.Split('|') ?? [])
            answer.Content.Headers.TryAddWithoutValidation("Content-Length", length);
        if (encoding is not null)
            answer.Headers.TryAddWithoutValidation("Transfer-Encoding", encoding);

        Assert.Equal(isTold, BodyLength.IsTold(answer));
        Assert.Equal(isClear, BodyLength.FindContradiction(answer) is null);
    }
}
