using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Entries;
using Shacache.Core.Messages;

namespace Shacache.Http.Entries;

/// <summary>A request for keys, as its query says it.</summary>
/// <param name="Query">Which keys.</param>
/// <param name="Upstream">The name of the upstream whose keys are wanted, <c>*</c> for all; null for those of this server.</param>
internal sealed record KeyRequest(KeyQuery Query, string? Upstream)
{
    /// <summary>Every upstream that is no peer.</summary>
    public const string AllUpstreams = "*";

    /// <summary>The member that makes a request for the directory itself one for its keys.</summary>
    public const string PrefixName = "prefix";

    private const string UpstreamName = "upstream";
    private const string SinceName = "since";
    private const string AfterName = "after";
    private const string LimitName = "limit";

    public static bool TryParse(IQueryCollection query, [NotNullWhen(true)] out KeyRequest? request, [NotNullWhen(false)] out string? problem)
    {
        request = null;
        var wanted = new KeyQuery();
        problem = null;
        foreach (string name in query.Keys)
        {
            string value = query[name].ToString();
            problem = query[name].Count != 1 ? $"The query says '{name}' more than once." : name switch
            {
                PrefixName => ReadPrefix(value, ref wanted),
                SinceName => ReadSince(value, ref wanted),
                AfterName => ReadAfter(value, ref wanted),
                LimitName => ReadLimit(value, ref wanted),
                UpstreamName => value.Length == 0 ? "The name of the upstream is empty; write * for all of them." : null,
                _ => $"The query has '{Shown(name)}'; it may have prefix, since, after, limit and upstream.",
            };
            if (problem is not null)
                return false;
        }

        request = new KeyRequest(wanted, query.TryGetValue(UpstreamName, out var upstream) ? upstream.ToString() : null);
        return true;
    }

    /// <summary>The query that asks another server the same.</summary>
    public static string Format(KeyQuery query)
    {
        string text = $"?{PrefixName}={Uri.EscapeDataString(query.Prefix)}&{LimitName}={query.Limit}";
        if (query.Since is { } since)
            text += $"&{SinceName}={since.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}";
        return query.After is null ? text : $"{text}&{AfterName}={query.After.ToPathSegment()}";
    }

    private static string? ReadPrefix(string text, ref KeyQuery query)
    {
        // What a key may begin with is part of one.
        if (text.Length > 0 && !EntryKey.TryCreate($"{text}x", out _, out string? problem) && !EntryKey.TryCreate(text, out _, out _))
            return $"No key begins like the prefix. {problem}";
        query = query with { Prefix = text };
        return null;
    }

    private static string? ReadSince(string text, ref KeyQuery query)
    {
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset since))
            return $"'{Shown(text)}' is no time (since); write it as 2026-11-22T21:00:00Z.";
        query = query with { Since = since };
        return null;
    }

    private static string? ReadAfter(string text, ref KeyQuery query)
    {
        if (!EntryKey.TryCreate(text, out EntryKey? after, out string? problem))
            return $"What 'after' says is no key. {problem}";
        query = query with { After = after };
        return null;
    }

    private static string? ReadLimit(string text, ref KeyQuery query)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) || limit is < 1 or > KeyQuery.MaxLimit)
            return $"'{Shown(text)}' is no limit; write a number from 1 to {KeyQuery.MaxLimit}.";
        query = query with { Limit = limit };
        return null;
    }

    private static string Shown(string text)
    {
        const int MaxShown = 64;
        return text.Length > MaxShown ? $"{Printable.Of(text[..MaxShown])}…" : Printable.Of(text);
    }
}
