using Microsoft.Extensions.Logging;
using Shacache.Http.Logging;
using Shacache.Testing;

namespace Shacache.Http.Tests.Logging;

public sealed class ClientNoiseTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly LogRecorder _log = new();

    [Theory]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.Http2", 60)]
    [InlineData("Shacache.Http.CacheServer", 4000)]
    [InlineData("Shacache.Transport.ConnectionLimit", 4004)]
    public void Log_WhatClientsCause_IsLoggedOnceAMinuteWithItsNumber(string category, int id)
    {
        using var noise = new ClientNoise(_log, _time);
        ILogger logger = noise.CreateLogger(category);
        for (int i = 0; i < 1000; i++)
            logger.Log(LogLevel.Critical, new EventId(id), "flood", null, (state, _) => state);
        logger.Log(LogLevel.Critical, new EventId(id + 1), "another", null, (state, _) => state);

        Assert.Equal(["flood", "another"], _log.Lines.Select(line => line.Text.Trim()));

        _time.Advance(TimeSpan.FromMinutes(1));
        logger.Log(LogLevel.Critical, new EventId(id), "flood", null, (state, _) => state);

        Assert.StartsWith("flood (and 999 more", _log.Lines.Last().Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning, "body left The client hung up.")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error, "body left InvalidOperationException")]
    [InlineData("Shacache.Http.CacheServer", LogLevel.Warning, "body left InvalidOperationException")]
    public void Log_ExceptionThatClientsCauseInTheWebServer_IsToldByItsMessageAlone(string category, LogLevel level, string expected)
    {
        using var noise = new ClientNoise(_log, _time);
        noise.CreateLogger(category).Log(level, new EventId(4000), "body left", new InvalidOperationException("The client hung up."), (state, _) => state);

        Assert.Equal(expected, Assert.Single(_log.Lines).Text.Trim());
    }

    [Fact]
    public void Log_WhatClientsDoNotCause_IsLoggedEachTime()
    {
        using var noise = new ClientNoise(_log, _time);
        ILogger logger = noise.CreateLogger("Shacache.Http.Proximity.ContentTransfers");
        for (int i = 0; i < 5; i++)
            logger.Log(LogLevel.Warning, new EventId(4616), "bad copy", null, (state, _) => state);

        Assert.Equal(5, _log.Lines.Count);
    }
}
