namespace Shacache.Cli.Configuration;

/// <summary>What the value of a key is.</summary>
/// <param name="Name">As documentation and help call it.</param>
internal sealed record SettingUnit(string Name)
{
    public static readonly SettingUnit Path = new("path");
    public static readonly SettingUnit Urls = new("URLs");
    public static readonly SettingUnit UrlPaths = new("URL paths");
    public static readonly SettingUnit HostNames = new("host names");
    public static readonly SettingUnit Origins = new("origins");
    public static readonly SettingUnit UrlPrefixes = new("URL prefixes");
    public static readonly SettingUnit UrlPairs = new("URL pairs");
    public static readonly SettingUnit Switch = new("true or false");
    public static readonly SettingUnit Size = new("size");
    public static readonly SettingUnit SizePerSecond = new("size per second");
    public static readonly SettingUnit Time = new("duration");
    public static readonly SettingUnit Number = new("number");
    public static readonly SettingUnit Rights = new("rights");
    public static readonly SettingUnit Word = new("word");

    /// <summary>Whether the flag may be given several times; its values are joined by white space.</summary>
    public bool IsList => this == Urls || this == UrlPaths || this == HostNames || this == Origins || this == UrlPrefixes || IsPairs;

    /// <summary>Whether each time the flag takes all values that follow it.</summary>
    public bool IsPairs => this == UrlPairs;
}
