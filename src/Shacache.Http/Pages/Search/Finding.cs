using Shacache.Http.Pages.Details;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Search;

/// <summary>What was found under the keys of a URL, and why a client gets it from here, or does not: the server's side of <c>shacache why</c>.</summary>
internal sealed class Finding
{
    private readonly List<(SoughtKey Sought, KeyLook Look)> _looks = [];

    public void Add(SoughtKey sought, KeyLook look) => _looks.Add((sought, look));

    /// <summary>Everything that was found for the URL as it was given.</summary>
    private IEnumerable<EntryLook> Exact => _looks.Where(one => one.Sought.Spelling is null).SelectMany(one => one.Look.Entries);

    private IEnumerable<EntryLook> Other => _looks.Where(one => one.Sought.Spelling is not null).SelectMany(one => one.Look.Entries);

    /// <summary>The sum of it, in a sentence or two.</summary>
    /// <param name="upstreams">The names of the upstreams.</param>
    public Html Summarise(IReadOnlyList<string> upstreams)
    {
        if (_looks.Any(one => one.Sought.Spelling is null && one.Look.IsBlocked))
            return Html.Of($"<span class=\"state bad\">An operator of this server blocked it.</span> Nothing is listed under its key, and nothing is taken for it.");
        EntryLook[] exact = [.. Exact];
        EntryLook[] here = [.. exact.Where(entry => entry.Content.IsHere)];
        if (here.Any(entry => entry.Verdict.Kind == VerdictKind.Trusted))
            return Html.Of($"<span class=\"state good\">It is here.</span> A client that trusts the server's list of certificates gets it from here.");
        if (here.Any(entry => entry.Verdict.Kind == VerdictKind.Unjudged))
            return Html.Of($"<span class=\"state good\">It is here.</span> A client gets it from here if its own list of certificates has the signer.");
        if (here.Length > 0)
            return Html.Of($"<span class=\"state bad\">No client should take it.</span> Its content is here, but the server's list of certificates accepts none of the entries; each says why.");
        string asked = upstreams.Count > 0 ? $" A client that asks for it makes this server ask its upstreams ({string.Join(", ", upstreams)})." : "";
        if (exact.Any(entry => entry.Upstream is not null))
            return Html.Of($"<span class=\"state warn\">It is listed elsewhere.</span> An upstream lists it; its content is not here yet.{asked}");
        if (exact.Length > 0)
            return Html.Of($"<span class=\"state bad\">Its content is missing.</span> It is listed, but what the entries name was never uploaded, or has gone since: it has to be uploaded again.{asked}");
        return Other.Any()
            ? Html.Of($"<span class=\"state warn\">It is here under another spelling.</span> Nothing is listed for the URL as it was given, and no client looks for another one: ask for the one that is listed.{asked}")
            : Html.Of($"<span class=\"state bad\">Nothing is listed here for it.</span> It was never put here, has expired, or was removed.{asked}");
    }

    /// <summary>Which keys were looked for, and what each has.</summary>
    public Html Explain() => Html.Of($"""
        <h2>What was looked for</h2>
        <ul class="rows">{_looks.Where(one => one.Sought.Spelling is null || one.Look.Entries.Count > 0).Select(one => Row(one.Sought, one.Look))}</ul>
        <p class="aside">{Words.Count(_looks.Count(one => one.Sought.Spelling is not null && one.Look.Entries.Count == 0), "key", "keys")} of other spellings of the URL (escaped otherwise, with and without a slash at its end, http and https) had nothing.</p>
        """);

    /// <summary>What was found, those of the URL as it was given first.</summary>
    public IReadOnlyList<EntryLook> Entries => [.. Exact.Concat(Other).Take(EntryLooks.MaxEntries)];

    private static Html Row(SoughtKey sought, KeyLook look) => Html.Of($"""
        <li class="row"><span>{(look.Entries.Count > 0 && !Http.Entries.ReservedKeys.Contain(sought.Key)
            ? Html.Of($"<a href=\"{PageLink.For(sought.Key)}\">{Html.Code(sought.Key.Value)}</a>")
            : Html.Code(sought.Key.Value))}
        <span class="aside">{sought.What}{(sought.Spelling is { } spelling ? Html.Of($", of {Html.Foreign(spelling)}") : Html.None)}</span></span>
        <span class="{(look.Entries.Count == 0 ? "aside" : "state")}">{(look.Count == 0 ? "nothing" : Words.Count(look.Count, "entry", "entries"))}</span></li>
        """);
}
