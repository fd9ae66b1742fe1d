using System.Runtime.CompilerServices;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Remotes.Json;
using Shacache.Http.Requests;

namespace Shacache.Http.Remotes.Pypi;

/// <summary>The list of all packages.</summary>
internal sealed class PypiRoot(PypiFormat format) : RemoteIndex
{
    private const string Projects = "projects";
    private const int FlushBytes = 64 * 1024;

    public override string Path => "";

    public override string Name => "simple/";

    public override string Accept => PypiFormats.Accept;

    public override string FindType(string? source) => PypiFormats.TypeOf(format);

    public override ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken) => PypiPage.FindProblemAsync(source, Projects, cancellationToken);

    public override async ValueTask WriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken)
    {
        bool isJson = format == PypiFormat.Json;
        if (source.IsJson && isJson)
        {
            // It has names and no links.
            await source.Content.CopyToAsync(output, cancellationToken);
            return;
        }

        using var buffer = new PooledBuffer();
        var page = new PypiWriter(buffer);
        if (isJson)
            page.BeginJson(project: null);
        else
            page.BeginHtml("Simple index");
        await foreach (string name in ReadAsync(source, cancellationToken))
        {
            if (PypiName.Normalize(name) is not { } normal)
                continue;
            if (isJson)
                page.AddJsonProject(name);
            else
                page.AddHtml($"{links.Base}simple/{normal}/", [], name);
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

    private static async IAsyncEnumerable<string> ReadAsync(IndexSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (source.IsJson)
        {
            await foreach (JsonPart part in JsonItems.ReadAsync(source.Content, Projects, cancellationToken))
            {
                if (!part.Item.IsEmpty && JsonText.FindMember(part.Item.Span, "name"u8) is { } name)
                    yield return name;
            }

            yield break;
        }

        await foreach (HtmlLink anchor in HtmlLinks.ReadAsync(source.Content, cancellationToken))
            yield return anchor.Text;
    }
}
