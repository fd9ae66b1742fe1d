using Shacache.Core.Entries;

namespace Shacache.Http.Entries;

/// <summary>
/// Keys that clients neither put nor see in lists of keys: the download gateway notes there what it fetched. What stands there is believed without
/// a signature, so the directory refuses to put anything there, whether the gateway is on or off.
/// </summary>
internal static class ReservedKeys
{
    public const string Prefix = "shacache-gateway:";

    public static bool Contain(EntryKey key) => key.Value.StartsWith(Prefix, StringComparison.Ordinal);
}
