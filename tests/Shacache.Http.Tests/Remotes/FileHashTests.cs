using System.Security.Cryptography;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Tests.Remotes;

public sealed class FileHashTests
{
    [Theory]
    [InlineData("sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==", "sha512")]
    [InlineData("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==", "sha512")]
    [InlineData("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=?opt", "sha1")]
    [InlineData("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk", null)]
    [InlineData("sha512-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", null)]
    [InlineData("sha3-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", null)]
    [InlineData("-", null)]
    [InlineData("", null)]
    public void ParseIntegrity_AnyText_IsTheStrongestKnown(string text, string? algorithm) => Assert.Equal(algorithm, FileHash.ParseIntegrity(text)?.Algorithm);

    [Theory]
    [InlineData("sha512")]
    [InlineData("sha384")]
    [InlineData("sha256")]
    [InlineData("sha1")]
    [InlineData("md5")]
    public void Is_BytesThatWereHashed_OnlyWithTheirHash(string algorithm)
    {
        byte[] content = "content"u8.ToArray();
        using var probe = IncrementalHash.CreateHash(new HashAlgorithmName(algorithm.ToUpperInvariant()));
        probe.AppendData(content);
        FileHash hash = FileHash.Find(algorithm.ToUpperInvariant(), Convert.ToHexString(probe.GetCurrentHash()))!;

        using IncrementalHash same = hash.Begin();
        same.AppendData(content);
        using IncrementalHash other = hash.Begin();
        other.AppendData(content.AsSpan(1));

        Assert.True(hash.Is(same));
        Assert.False(hash.Is(other));
        Assert.Equal(hash, FileHash.Parse(hash.ToString()));
    }

    [Theory]
    [InlineData("sha256", "00")]
    [InlineData("md5", "zz9d24fe4d8a6fd1a9b33f2a09f3a8b3")]
    [InlineData("crc32", "00000000")]
    public void Find_WhatIsNone_IsNull(string algorithm, string value) => Assert.Null(FileHash.Find(algorithm, value));
}
