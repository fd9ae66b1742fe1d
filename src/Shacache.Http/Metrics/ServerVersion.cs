namespace Shacache.Http.Metrics;

/// <summary>The version of the server.</summary>
internal static class ServerVersion
{
    /// <summary>Such as <c>1.2.3</c>.</summary>
    public static string Text { get; } = typeof(ServerVersion).Assembly.GetName().Version?.ToString(3) ?? "";
}
