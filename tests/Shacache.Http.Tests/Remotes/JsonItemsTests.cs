using System.Text;
using System.Text.Json;
using Shacache.Http.Remotes.Json;

namespace Shacache.Http.Tests.Remotes;

public sealed class JsonItemsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"a":{"x":[1,{"y":2}]},"items":[{"n":1},{"n":[{"items":[]}]}],"z":"\u00e9"} """)]
    [InlineData("""{"items":{"one":{"n":1},"two":{"n":2}},"other":{"three":{"n":3}}}""")]
    [InlineData("""  {"items":[ ] , "b" : null }""")]
    [InlineData("""{"items":[1,"x",[{"n":1}],{"n":4}]}""")]
    public async Task ReadAsync_AnyDocumentInAnyPieces_GivesAllOfItsBytes(string document)
    {
        foreach (int step in (int[])[1, 2, 7, 1000])
        {
            (string all, List<string> items) = await ReadAsync(document, step);

            Assert.Equal(document, all);
            Assert.All(items, item => Assert.True(JsonDocument.Parse(item).RootElement.TryGetProperty("n", out _)));
        }
    }

    [Fact]
    public async Task ReadAsync_ObjectsOfTheContainerAlone_AreItems()
    {
        (_, List<string> array) = await ReadAsync("""{"x":[{"no":1}],"items":[{"n":1},{"n":[{"items":[{"n":0}]}]}],"y":{"z":{"no":2}}}""", 5);
        Assert.Equal(["""{"n":1}""", """{"n":[{"items":[{"n":0}]}]}"""], array);

        (_, List<string> members) = await ReadAsync("""{"items":{"a":{"n":1},"b":{"n":2}},"c":{"d":{"no":1}}}""", 3);
        Assert.Equal(["""{"n":1}""", """{"n":2}"""], members);
    }

    [Fact]
    public async Task ReadAsync_ValueThatIsLongerThanTheBuffer_ComesWhole()
    {
        string item = $$"""{"n":"{{new string('x', 300_000)}}"}""";

        (string all, List<string> items) = await ReadAsync($$"""{"readme":"{{new string('y', 200_000)}}","items":[{{item}},{{item}}]}""", 50_000);

        Assert.Equal([item, item], items);
        Assert.Equal(800_000, all.Length, 1_000.0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"items":[{"n":1}""")]
    [InlineData("""{"items":[{"n":1}]} x""")]
    [InlineData("<html>")]
    public async Task ReadAsync_WhatIsNoWholeDocument_Fails(string document) => await Assert.ThrowsAnyAsync<JsonException>(() => ReadAsync(document, 4));

    private static async Task<(string All, List<string> Items)> ReadAsync(string document, int step)
    {
        var all = new StringBuilder();
        List<string> items = [];
        await foreach (JsonPart part in JsonItems.ReadAsync(new SteppedStream(Encoding.UTF8.GetBytes(document), step), "items", Token))
        {
            all.Append(Encoding.UTF8.GetString(part.Before.Span)).Append(Encoding.UTF8.GetString(part.Item.Span));
            if (!part.Item.IsEmpty)
                items.Add(Encoding.UTF8.GetString(part.Item.Span));
        }

        return (all.ToString(), items);
    }

    /// <summary>Gives so many bytes at a time.</summary>
    internal sealed class SteppedStream(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(step, buffer.Length)], cancellationToken);

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(step, buffer.Length)]);
    }
}
