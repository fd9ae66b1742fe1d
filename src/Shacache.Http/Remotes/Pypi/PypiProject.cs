using System.Runtime.CompilerServices;
using System.Text.Json;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Remotes.Json;
using Shacache.Http.Requests;

namespace Shacache.Http.Remotes.Pypi;

/// <summary>The page of one package.</summary>
internal sealed class PypiProject(string name, PypiFormat format) : RemoteIndex
{
    private const string Files = "files";
    private const int FlushBytes = 64 * 1024;

    public override string Path => $"{name}/";

    public override string Name => $"simple/{name}/";

    public override string Accept => PypiFormats.Accept;

    public override string FindType(string? source) => PypiFormats.TypeOf(format);

    public override ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken) => PypiPage.FindProblemAsync(source, Files, cancellationToken);

    public override ValueTask WriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken) =>
        source.IsJson && format == PypiFormat.Json ? RewriteAsync(source, links, output, cancellationToken) : ConvertAsync(source, links, output, cancellationToken);

    /// <summary>The files that a page names.</summary>
    public static async IAsyncEnumerable<PypiLink> ReadAsync(IndexSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (source.IsJson)
        {
            await foreach (JsonPart part in JsonItems.ReadAsync(source.Content, Files, cancellationToken))
            {
                if (!part.Item.IsEmpty && PypiLink.Read(part.Item.Span) is { } file)
                    yield return file;
            }

            yield break;
        }

        await foreach (HtmlLink anchor in HtmlLinks.ReadAsync(source.Content, cancellationToken))
        {
            if (PypiLink.Read(anchor) is { } file)
                yield return file;
        }
    }

    private async ValueTask RewriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken)
    {
        await foreach (JsonPart part in JsonItems.ReadAsync(source.Content, Files, cancellationToken))
        {
            await output.WriteAsync(part.Before, cancellationToken);
            if (part.Item.IsEmpty)
                continue;

            // What names no file in a way that is known here leads nowhere: not past this server.
            PypiLink? link = PypiLink.Read(part.Item.Span);
            if (link is null)
            {
                await output.WriteAsync("{\"filename\":\"\",\"url\":\"\",\"hashes\":{}}"u8.ToArray(), cancellationToken);
                continue;
            }

            await output.WriteAsync(part.Item[..link.UrlPlace.Start], cancellationToken);
            await output.WriteAsync(JsonText.Quote(link.Rewrite(name, links)), cancellationToken);
            await output.WriteAsync(part.Item[(link.UrlPlace.Start + link.UrlPlace.Length)..], cancellationToken);
        }
    }

    private async ValueTask ConvertAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken)
    {
        using var buffer = new PooledBuffer();
        var page = new PypiWriter(buffer);
        bool isJson = format == PypiFormat.Json;
        if (isJson)
            page.BeginJson(name);
        else
            page.BeginHtml($"Links for {name}");
        await foreach (PypiLink link in ReadAsync(source, cancellationToken))
        {
            string url = link.Rewrite(name, links);
            if (isJson)
                page.AddJson(link, url);
            else
                page.AddHtml(link.Hash is { } hash ? $"{url}#{hash.Algorithm}={hash.Hex}" : url, link.Attributes, link.FileName);
            if (buffer.Written.Length < FlushBytes)
                continue;
            await output.WriteAsync(buffer.Written, cancellationToken);
            buffer.Clear();
        }

        if (isJson)
            page.EndJson();
        else
            page.EndHtml();
        await output.WriteAsync(buffer.Written, cancellationToken);
    }
}

/// <summary>What holds for every page.</summary>
internal static class PypiPage
{
    /// <summary>Reads a page to its end.</summary>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    public static async ValueTask<string?> FindProblemAsync(IndexSource source, string container, CancellationToken cancellationToken)
    {
        if (!source.IsJson && source.ContentType?.Contains("html", StringComparison.OrdinalIgnoreCase) != true)
            return $"its Content-Type is {source.ContentType ?? "not there"}, and neither JSON nor HTML";
        try
        {
            if (source.IsJson)
            {
                await foreach (JsonPart part in JsonItems.ReadAsync(source.Content, container, cancellationToken))
                {
                    if (container == "files" && !part.Item.IsEmpty)
                        PypiLink.Read(part.Item.Span);
                }
            }
            else
            {
                await foreach (HtmlLink _ in HtmlLinks.ReadAsync(source.Content, cancellationToken))
                {
                    // To its end, which must come.
                }
            }

            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }
}
