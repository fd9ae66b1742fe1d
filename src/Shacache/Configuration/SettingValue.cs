namespace Shacache.Cli.Configuration;

/// <summary>A value as somebody wrote it, and where.</summary>
/// <param name="Text">The value.</param>
/// <param name="Origin">Such as <c>--listen</c>, <c>SHACACHE_LISTEN</c>, or <c>listen in /etc/shacache.ini</c>.</param>
internal readonly record struct SettingValue(string Text, string Origin);
