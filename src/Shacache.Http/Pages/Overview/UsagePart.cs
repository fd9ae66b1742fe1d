using Shacache.Http.Access;
using Shacache.Http.Content;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Overview;

/// <summary>Where the server is as the visitor sees it, and how to use it: most of the page for everybody, and folded up on the overview.</summary>
internal sealed class UsagePart(ContentOptions content, IUploadGate gate) : IOverviewPart
{
    public int Place => OverviewPlace.Usage;

    public ValueTask<OverviewPart?> RenderAsync(PageVisitor visitor, CancellationToken cancellationToken) => new(
        new OverviewPart("Using it", Html.Of($"<details><summary>URLs, commands and a slapos.cfg</summary>{Render(visitor.Surfaces)}</details>")) { IsWide = true });

    public Html Render(SurfaceUrls urls)
    {
        (string cache, string directory) = (urls.Cache, urls.Directory);
        Html uploads = content.ReadOnly
            ? Html.Of($"<p>This server is read-only: it accepts no uploads.</p>")
            : Html.Of($"""
              <h2>Upload</h2>
              {(gate.NeedsAccount ? Html.Of($"<p>Uploads need an account: <code>shacache account request --name NAME</code> asks for one.</p>") : Html.None)}
              <pre><code>curl --data-binary @FILE -H 'Content-Type: application/octet-stream' {cache}</code></pre>
              <p>The answer is the SHA-512 of the file. To sign a file and list it under a key:</p>
              <pre><code>shacache upload -c slapos.cfg -f FILE -k KEY</code></pre>
              """);
        return Html.Of($"""
            <h2>Where</h2>
            <dl class="facts">
            <dt>Content</dt><dd><code>{cache}</code></dd>
            <dt>Directory</dt><dd><code>{directory}</code></dd>
            <dt>Health</dt><dd><code>/healthz</code></dd>
            </dl>
            <h2>Download</h2>
            <pre><code>{urls.Curl} -fO {cache}/SHA512
            {urls.Curl} -f {directory}/KEY</code></pre>
            <p>Every download can be resumed with <code>Range</code>. Signatures are checked by the client:</p>
            <pre><code>shacache download -c slapos.cfg -u URL &gt; FILE</code></pre>
            {uploads}
            <h2>slapos.cfg</h2>
            <pre><code>[networkcache]
            download-cache-url = {cache}
            download-dir-url = {directory}
            upload-cache-url = {cache}
            upload-dir-url = {directory}
            signature-certificate-list =
              -----BEGIN CERTIFICATE-----
              …the certificates that you trust…
              -----END CERTIFICATE-----</code></pre>
            """);
    }
}
