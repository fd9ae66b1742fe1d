using System.Security.Cryptography;
using System.Text;

namespace Shacache.Http.Pages.Markup;

/// <summary>How all pages look, and the policy that lets a browser take their style from nowhere else.</summary>
internal static class PageStyle
{
    private const string Text = """

        :root { color-scheme: light dark;
          --ink: light-dark(#1b1f24, #e4e7eb); --soft: light-dark(#57606a, #9da7b3); --paper: light-dark(#ffffff, #15181d);
          --raised: light-dark(#f5f6f8, #1d2127); --line: light-dark(#dde1e6, #2f353d); --accent: light-dark(#0a5aa8, #82baf2);
          --good: light-dark(#17693f, #6bcf9a); --bad: light-dark(#b0211b, #ff958c); --warn: light-dark(#805400, #eebb62);
          --bar: light-dark(#2d78c4, #5fa3e6); --rest: light-dark(#bcc8d6, #47525f); }
        * { box-sizing: border-box; }
        body { margin: 0; font: 1rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); overflow-wrap: break-word; }
        a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: 1px; }
        a:hover { text-decoration-thickness: 2px; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
        .skip { position: absolute; left: -100rem; padding: .5rem 1rem; background: var(--paper); }
        .skip:focus { left: .5rem; top: .5rem; z-index: 1; }
        .wrap { max-width: 70rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
        header { border-bottom: 1px solid var(--line); background: var(--raised); }
        header .wrap { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding-block: .75rem; }
        .brand { font-weight: 650; font-size: 1.1rem; letter-spacing: -.01em; color: inherit; text-decoration: none; }
        nav { display: flex; gap: 1.25rem; }
        nav a { padding-block: .35rem; }
        nav a[aria-current] { color: inherit; text-decoration: none; font-weight: 600; }
        header form { display: flex; gap: .5rem; flex: 1 1 20rem; }
        input { flex: 1; min-width: 0; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: .375rem; padding: .4rem .7rem; }
        button { font: inherit; color: var(--paper); background: var(--accent); border: 1px solid var(--accent); border-radius: .375rem; padding: .4rem 1rem; cursor: pointer; }
        main.wrap { padding-block: 2rem 3rem; }
        main:focus { outline: none; }
        h1 { font-size: clamp(1.4rem, 3vw, 1.8rem); line-height: 1.25; letter-spacing: -.015em; margin: 0 0 .5rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.1rem; line-height: 1.3; margin: 2.5rem 0 .75rem; }
        h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
        p { margin: .5rem 0; max-width: 44rem; }
        code, pre { font: .875em/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
        bdi { overflow-wrap: anywhere; }
        pre { margin: .75rem 0; padding: .75rem 1rem; border-radius: .375rem; background: var(--raised); border: 1px solid var(--line); white-space: pre-wrap; }
        pre.raw { max-height: 24rem; overflow-y: auto; }
        ul, ol { padding: 0; margin: 0; list-style: none; }
        .aside { color: var(--soft); font-size: .875rem; }
        .lead { color: var(--soft); margin-top: 0; }
        .state { font-weight: 600; }
        .good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
        .banner { border-left: .25rem solid currentColor; padding: .1rem 0 .1rem .9rem; margin: .75rem 0 0; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(11rem, 45%), 1fr)); gap: 1.25rem 1.5rem; margin: 1.75rem 0 0; }
        .figures dt { color: var(--soft); font-size: .875rem; }
        .figures dd { margin: 0; }
        .figures strong { display: block; font-size: clamp(1.35rem, 3.4vw, 1.9rem); font-weight: 600; line-height: 1.25; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
        .parts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); column-gap: 3rem; align-items: start; }
        .parts section { min-width: 0; }
        .parts .wide { grid-column: 1 / -1; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1.5rem 3rem; }
        figure { margin: 0; min-width: 0; }
        figcaption { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; margin-bottom: .4rem; }
        svg { display: block; width: 100%; }
        .chart { height: 8rem; border-bottom: 1px solid var(--soft); }
        .meter { height: .75rem; border-radius: .375rem; }
        .ends { display: flex; justify-content: space-between; margin-top: .25rem; }
        .hit { fill: var(--bar); } .miss { fill: var(--rest); } .full { fill: var(--bad); }
        .key::before { content: ""; display: inline-block; width: .7em; height: .7em; margin-right: .35em; border-radius: 2px; background: var(--bar); }
        .key.other::before { background: var(--rest); }
        .rows > li { padding: .7rem 0; border-top: 1px solid var(--line); }
        .rows > li:last-child { border-bottom: 1px solid var(--line); }
        .row { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .1rem 1.25rem; align-items: baseline; }
        .facts { display: grid; grid-template-columns: fit-content(9rem) minmax(0, 1fr); gap: .2rem 1.25rem; margin: .5rem 0; }
        .facts dt { color: var(--soft); overflow-wrap: anywhere; }
        .facts dd { margin: 0; min-width: 0; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-weight: 400; color: var(--soft); font-size: .875rem; }
        th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        td.number, th.number { text-align: right; padding-right: 0; padding-left: .75rem; white-space: nowrap; }
        details { margin-top: .5rem; }
        summary { cursor: pointer; color: var(--soft); font-size: .875rem; }
        .scroll { max-height: 18rem; overflow-y: auto; }
        footer { border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem; }
        footer .wrap { padding-block: 1rem; }
        @media (max-width: 34rem) { .row { grid-template-columns: minmax(0, 1fr); } form.row { grid-template-columns: minmax(0, 1fr) auto; } }

        """;

    /// <summary>The element, for the head of a page.</summary>
    public static Html Element { get; } = Html.Of($"<style>{Html.Constant(Text)}</style>");

    /// <summary>What a browser lets a page do: be styled by that element, show the icon, and ask this server by its search. Nothing else, and in no frame.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))}'; img-src 'self'; form-action 'self'; " +
        "base-uri 'none'; frame-ancestors 'none'";
}
