using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Http.Pages.Markup;

/// <summary>Addresses of the pages. What stands in them is escaped, so that none leads elsewhere.</summary>
internal static class PageLink
{
    /// <summary>Below which all pages are; the overview is at the path itself, with a slash.</summary>
    public const string Root = "/pages";

    public const string Overview = Root + "/";
    public const string Search = Root + "/search";
    public const string Keys = Root + "/keys";
    public const string SignIn = Root + "/sign-in";

    public static string ForSearch(string text, EntryKey? after = null) => $"{Search}?q={Escape(text)}{After(after)}";

    public static string ForKeys(string prefix, EntryKey? after = null) => $"{Keys}?prefix={Escape(prefix)}{After(after)}";

    public static string For(EntryKey key) => $"{Root}/key?key={Escape(key.Value)}";

    /// <param name="key">The key.</param>
    /// <param name="id">Which of its entries.</param>
    public static string For(EntryKey key, string id) => $"{Root}/entry?key={Escape(key.Value)}&id={Escape(id)}";

    public static string For(Digest digest) => $"{Root}/object?sha512={digest}";

    public static string For(AccountName account, long? beyond = null) =>
        $"{Root}/account?name={Escape(account.Value)}{(beyond is { } position ? $"&beyond={position}" : "")}";

    private static string After(EntryKey? after) => after is null ? "" : $"&after={Escape(after.Value)}";

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
