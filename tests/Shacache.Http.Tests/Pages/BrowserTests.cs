using System.Text.Json.Nodes;
using Shacache.Core.Messages;
using Shacache.Http.Pages.Markup;
using Shacache.Testing.Browsing;

namespace Shacache.Http.Tests.Pages;

/// <summary>Every page in a real browser: at both widths and in both colour schemes nothing is wider than the window, nothing violates the policy, and foreign text is text.</summary>
public sealed class BrowserTests(PageSite site, BrowserTests.OneBrowser browser) : IClassFixture<PageSite>, IClassFixture<BrowserTests.OneBrowser>
{
    /// <summary>Of every text, how much it differs from what is behind it (WCAG 2.2, 1.4.3); and whether anything is there that only foreign markup can have made.</summary>
    private const string Inspection = """
        (() => {
          const channel = c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
          const read = text => { const n = text.match(/[\d.]+/g).map(Number); return { l: .2126 * channel(n[0]) + .7152 * channel(n[1]) + .0722 * channel(n[2]), a: n[3] ?? 1 }; };
          const behind = element => { for (; element; element = element.parentElement) { const c = read(getComputedStyle(element).backgroundColor); if (c.a > 0) return c.l; } return 1; };
          let worst = 99, where = '';
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
            const [a, b] = [read(getComputedStyle(element).color).l, behind(element)];
            const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
            if (contrast < worst) [worst, where] = [contrast, walker.currentNode.data.trim().slice(0, 60)];
          }
          const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + .5 && !e.closest('.skip')).map(e => e.outerHTML.slice(0, 120));
          return {
            wider: document.documentElement.scrollWidth - innerWidth, wide: wide.slice(0, 3).join('\n'), worst, where,
            foreign: document.querySelectorAll('script, img, iframe, object, embed, base, [style], [onerror], [onload], a[href^="javascript:"], main style').length,
            text: document.body.innerText, background: getComputedStyle(document.body).backgroundColor, h1: document.querySelectorAll('h1').length,
            unnamed: [...document.querySelectorAll('input, svg, nav, [role=region]')].filter(e => !e.getAttribute('aria-label')).length
          };
        })()
        """;

    public static TheoryData<string> Pages =>
    [
        "/", "/pages/search", PageLink.ForSearch(PageSite.Url), PageLink.ForSearch("https://example.org/nothing.tar.gz#x"), PageLink.ForSearch("missing"),
        PageLink.ForSearch("{digest}"), PageLink.ForSearch("k"), PageLink.ForSearch(PageSite.Markup), PageLink.ForSearch(new string('q', 7000)), PageLink.ForSearch(PageSite.Reversed),
        PageLink.Keys, PageLink.ForKeys("bulk:"), PageLink.ForKeys(PageSite.Markup), "/pages/object?sha512={digest}", "/pages/account?name=admin", "/pages/nowhere",
    ];

    public static TheoryData<int> Hostile => [.. Enumerable.Range(0, PageSite.HostileKeys.Count)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_AtBothWidthsInBothSchemes_FitsAndKeepsItsPolicy(string path) =>
        await InspectAsync(path.Replace("{digest}", site.Digest.ToString(), StringComparison.Ordinal), path.EndsWith("nowhere", StringComparison.Ordinal) ? 404 : 200);

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task PageOfHostileText_AtBothWidthsInBothSchemes_ShowsItAsText(int number)
    {
        string key = PageSite.HostileKeys[number];
        foreach (string path in new[] { PageLink.For(Core.Entries.EntryKey.Create(key)), await site.EntryPageAsync(key) })
            Assert.Contains(Printable.Of(key)[..Math.Min(100, Printable.Of(key).Length)], await InspectAsync(path, 200), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keyboard_FirstTab_ReachesTheSkipLinkAndShowsIt()
    {
        BrowserPage page = await browser.PageAsync(site.Token);
        await page.SetScreenAsync(400, isDark: false);
        await page.GoAsync(new Uri(site.Server.Url, "/"));

        await page.PressAsync("Tab", 9);
        Assert.Equal("skip true", (string?)await page.EvaluateAsync("document.activeElement.className + ' ' + (document.activeElement.getBoundingClientRect().left >= 0)"));
        await page.PressAsync("Tab", 9);
        await page.PressAsync("Tab", 9);
        Assert.Equal("q solid", (string?)await page.EvaluateAsync("document.activeElement.name + ' ' + getComputedStyle(document.activeElement).outlineStyle"));
    }

    [Fact]
    public async Task Policy_Violated_IsNoticed()
    {
        // What these tests rely on: the browser tells what a page's policy forbids.
        BrowserPage page = await browser.PageAsync(site.Token);
        await page.GoAsync(new Uri(site.Server.Url, "/"));
        await page.EvaluateAsync("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">x</p><img src=\"data:,\">')");
        await page.EvaluateAsync("new Promise(done => requestAnimationFrame(done)) && 1");

        Assert.Contains(page.Complaints, complaint => complaint.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    /// <returns>The text that is seen.</returns>
    private async Task<string> InspectAsync(string path, int status)
    {
        BrowserPage page = await browser.PageAsync(site.Token);
        var url = new Uri(site.Server.Url, path);
        List<string> backgrounds = [];
        string text = "";
        foreach (int width in new[] { 400, 1600 })
        {
            await page.SetScreenAsync(width, isDark: false);
            await page.GoAsync(url);
            foreach (bool isDark in new[] { false, true })
            {
                await page.SetScreenAsync(width, isDark);
                JsonNode found = (await page.EvaluateAsync(Inspection))!;
                string place = $"{path} at {width} px, {(isDark ? "dark" : "light")}";

                Assert.Equal(status, page.Status);
                Assert.Equal(status == 404 ? 1 : 0, page.Complaints.Count(complaint => complaint.Contains("status of 404", StringComparison.Ordinal)));
                Assert.True(page.Complaints.Count == (status == 404 ? 1 : 0), $"{place}: {string.Join('\n', page.Complaints)}");
                Assert.True(found["wider"]!.GetValue<double>() <= 0 && found["wide"]!.GetValue<string>().Length == 0, $"{place} is too wide: {found["wide"]}");
                Assert.True(found["worst"]!.GetValue<double>() >= 4.5, $"{place}: '{found["where"]}' has a contrast of {found["worst"]}");
                Assert.Equal((0, 1, 0), (found["foreign"]!.GetValue<int>(), found["h1"]!.GetValue<int>(), found["unnamed"]!.GetValue<int>()));
                text = found["text"]!.GetValue<string>();
                Assert.DoesNotContain(text, c => c is '\u202e' or '\u200b' or '\u001b' or '\0');
                backgrounds.Add(found["background"]!.GetValue<string>());
            }
        }

        Assert.Equal(2, backgrounds.Distinct().Count());
        return text;
    }

    /// <summary>The browser of all tests here, and its only page.</summary>
    public sealed class OneBrowser : IAsyncDisposable
    {
        private Browser? _browser;
        private BrowserPage? _page;

        public async Task<BrowserPage> PageAsync(string token)
        {
            Browser.Require();
            _browser ??= await Browser.StartAsync();
            if (_page is null)
            {
                _page = await _browser.OpenAsync();
                await _page.SetHeaderAsync("Authorization", $"Bearer {token}");
            }

            return _page;
        }

        public ValueTask DisposeAsync() => _browser?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
