using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Core.Entries;

namespace Shacache.Client.Downloads;

/// <summary>A further key under which a fetched file is listed, as some deployed tool looks it up, and the members which that tool needs.</summary>
public sealed class ContributionForm
{
    private const string PythonPrefix = "pypi:";
    private const string IndexPrefix = "pypi-index:";
    private readonly string _text;

    private ContributionForm(string text) => _text = text;

    /// <summary>As older buildouts look up a URL: <c>slapos-buildout-…</c>, or <c>pypi-buildout-…</c>.</summary>
    public static ContributionForm OlderBuildouts { get; } = new("older");

    /// <summary>Reads <c>older</c>, <c>pypi:NAME=VERSION</c>, or <c>pypi-index:REQUIREMENT</c>.</summary>
    /// <param name="text">The form.</param>
    /// <param name="form">What was read.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ContributionForm? form, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool isKey = text.StartsWith(PythonPrefix, StringComparison.Ordinal) ? EntryKeys.FindIn(text) is not null
            : text.StartsWith(IndexPrefix, StringComparison.Ordinal) && text.Length > IndexPrefix.Length && EntryKey.TryCreate($"pypi-index-{new string('0', 32)}-{text[IndexPrefix.Length..]}", out _, out _);
        form = text == OlderBuildouts._text ? OlderBuildouts : isKey ? new ContributionForm(text) : null;
        problem = form is null ? $"'{OneLine.Of(text)}' is not a form of key: older, pypi:NAME=VERSION or pypi-index:REQUIREMENT" : null;
        return form is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    /// <summary>The key for a URL, and what its entry says.</summary>
    internal (EntryKey Key, JsonObject Metadata) Describe(string url, string? fileName)
    {
        string name = fileName ?? "file";
        string md5 = EntryKeys.UrlMd5(url);
        if (_text.StartsWith(PythonPrefix, StringComparison.Ordinal))
            return (EntryKey.Create(_text), new JsonObject { ["basename"] = name, ["url"] = url });
        if (!_text.StartsWith(IndexPrefix, StringComparison.Ordinal))
            return (EntryKeys.ForUrlInOlderBuildouts(url), new JsonObject { ["file_name"] = name, ["urlmd5"] = md5 });
        string requirement = _text[IndexPrefix.Length..];
        return (EntryKeys.ForPythonIndex(url, requirement), new JsonObject { ["base"] = url, ["urlmd5"] = md5, ["requirement"] = requirement });
    }
}
