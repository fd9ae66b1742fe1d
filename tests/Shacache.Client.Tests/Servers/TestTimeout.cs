namespace Shacache.Client.Tests.Servers;

/// <summary>The bound of a test that talks to a server: reached only when something hangs.</summary>
internal static class TestTimeout
{
    public const int Milliseconds = 60_000;
}
