using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;
using Shacache.Http.Access;
using Shacache.Http.Content;
using Shacache.Http.Entries;

namespace Shacache.Http.Pages;

/// <summary>The page at the root: what this is, where it lives as the visitor sees it, and how to use it.</summary>
internal sealed class HomePage(PageOptions options, IUploadGate gate)
{
    private const string Style = """

        :root { color-scheme: light dark; }
        body { font: 1rem/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2.5rem auto; padding: 0 1.25rem;
               color: light-dark(#1c1e21, #e4e6eb); background: light-dark(#ffffff, #16181c); }
        h1 { font-size: 1.75rem; line-height: 1.2; margin-bottom: .5rem; }
        h2 { font-size: 1.15rem; margin-top: 2.25rem; }
        dt { font-weight: 600; margin-top: .75rem; }
        dd { margin-left: 0; }
        code, pre { font: .875rem/1.5 ui-monospace, monospace; }
        code { overflow-wrap: anywhere; }
        pre { padding: .9rem 1.1rem; overflow-x: auto; border-radius: .4rem; background: light-dark(#f1f3f5, #24272c); }
        pre:focus-visible { outline: 2px solid light-dark(#0b57d0, #8ab4f8); }

        """;

    /// <summary>SHA-256 of the style, in base64: the only style that the page's policy lets a browser use.</summary>
    private readonly string _styleHash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));

    /// <summary>Answers a request.</summary>
    public ValueTask SendAsync(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'sha256-" + _styleHash + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers.Vary = "Host";
        return PageEndpoint.WriteAsync(context, "text/html; charset=utf-8", Render(context.Request.Scheme, context.Request.Host));
    }

    /// <summary>Renders the page.</summary>
    /// <param name="scheme">How the visitor came.</param>
    /// <param name="host">The Host header; it is the visitor's own text, hence encoded.</param>
    private string Render(string scheme, HostString host)
    {
        string cache = Encode(Url(scheme, host, options.Content.Hosts, options.Content.Paths));
        string directory = Encode(Url(scheme, host, options.Entries.Hosts, options.Entries.Paths));
        string uploads = options.Content.ReadOnly
            ? "<p>This server is read-only: it accepts no uploads.</p>"
            : $"""
              <h2>Upload</h2>
              {(gate.NeedsAccount ? "<p>Uploads need an account: <code>shacache account request --name NAME</code> asks for one.</p>" : "")}
              <pre tabindex="0"><code>curl --data-binary @FILE -H 'Content-Type: application/octet-stream' {cache}</code></pre>
              <p>The answer is the SHA-512 of the file. To sign a file and list it under a key:</p>
              <pre tabindex="0"><code>shacache upload -c slapos.cfg -f FILE -k KEY</code></pre>
              """;
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>shacache: a network cache for builds</title>
            <link rel="icon" href="data:,">
            <style>{Style}</style>
            </head>
            <body>
            <main>
            <h1>A network cache for builds</h1>
            <p>This is a <strong>shacache</strong> server. It keeps files that builds download, and software that was built,
            by the SHA-512 of their content, and a directory of signed entries that say which content belongs to which key.
            Clients verify digest and signature: the server need not be trusted.</p>
            <h2>Where</h2>
            <dl>
            <dt>Content</dt><dd><code>{cache}</code></dd>
            <dt>Directory</dt><dd><code>{directory}</code></dd>
            <dt>Health</dt><dd><code>/healthz</code></dd>
            </dl>
            <h2>Download</h2>
            <pre tabindex="0"><code>curl -fO {cache}/SHA512
            curl -f {directory}/KEY</code></pre>
            <p>Every download can be resumed with <code>Range</code>. Signatures are checked by the client:</p>
            <pre tabindex="0"><code>shacache download -c slapos.cfg -u URL &gt; FILE</code></pre>
            {uploads}
            <h2>slapos.cfg</h2>
            <pre tabindex="0"><code>[networkcache]
            download-cache-url = {cache}
            download-dir-url = {directory}
            upload-cache-url = {cache}
            upload-dir-url = {directory}
            signature-certificate-list =
              -----BEGIN CERTIFICATE-----
              …the certificates that you trust…
              -----END CERTIFICATE-----</code></pre>
            </main>
            </body>
            </html>

            """;
    }

    private static string Url(string scheme, HostString host, IReadOnlyList<string> hosts, IReadOnlyList<string> paths)
    {
        if (paths.Count > 0)
            return $"{scheme}://{(host.HasValue ? host.Value : "localhost")}{paths[0]}";
        string port = host.Port is { } number ? $":{number}" : "";
        return $"{scheme}://{hosts[0]}{port}";
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}

/// <summary>What the page says of the server.</summary>
/// <param name="Content">Where the content is.</param>
/// <param name="Entries">Where the directory is.</param>
internal sealed record PageOptions(ContentOptions Content, EntryOptions Entries);
