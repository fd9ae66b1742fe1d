using System.Net;
using System.Text;
using System.Text.Json;
using Shacache.Http.Requests;

namespace Shacache.Http.Remotes.Pypi;

/// <summary>Writes a page of a simple index in a form that its origin did not send.</summary>
/// <param name="buffer">Where it goes.</param>
internal sealed class PypiWriter(PooledBuffer buffer)
{
    private bool _hasItems;

    public void BeginHtml(string title) => Write(
        $"<!DOCTYPE html>\n<html>\n<head>\n<meta name=\"pypi:repository-version\" content=\"1.0\">\n<title>{WebUtility.HtmlEncode(title)}</title>\n</head>\n<body>\n");

    public void EndHtml() => Write("</body>\n</html>\n");

    /// <summary>Writes a link.</summary>
    /// <param name="href">Where it leads.</param>
    /// <param name="attributes">Its other attributes.</param>
    /// <param name="text">What people see of it.</param>
    public void AddHtml(string href, IReadOnlyList<KeyValuePair<string, string?>> attributes, string text)
    {
        var line = new StringBuilder($"<a href=\"{WebUtility.HtmlEncode(href)}\"");
        foreach ((string name, string? value) in attributes)
            line.Append(' ').Append(name).Append("=\"").Append(WebUtility.HtmlEncode(value ?? "")).Append('"');
        line.Append('>').Append(WebUtility.HtmlEncode(text)).Append("</a><br>\n");
        Write(line.ToString());
    }

    /// <summary>Begins a document of version 1.0, which needs nothing that a page in HTML does not have.</summary>
    public void BeginJson(string? project) => Write(project is null
        ? "{\"meta\":{\"api-version\":\"1.0\"},\"projects\":["
        : $"{{\"meta\":{{\"api-version\":\"1.0\"}},\"name\":\"{project}\",\"files\":[");

    public void EndJson() => Write("]}");

    public void AddJsonProject(string name)
    {
        Separate();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteEndObject();
    }

    /// <summary>Writes a file as PEP 691 has it.</summary>
    public void AddJson(PypiLink link, string url)
    {
        Separate();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("filename", link.FileName);
        json.WriteString("url", url);
        json.WriteStartObject("hashes");
        if (link.Hash is { } hash)
            json.WriteString(hash.Algorithm, hash.Hex);
        json.WriteEndObject();
        foreach ((string name, string? value) in link.Attributes)
            WriteAttribute(json, name, value ?? "");
        json.WriteEndObject();
    }

    private static void WriteAttribute(Utf8JsonWriter json, string name, string value)
    {
        switch (name)
        {
            case "data-requires-python":
                json.WriteString("requires-python", value);
                break;
            case "data-yanked" when value.Length == 0:
                json.WriteBoolean("yanked", true);
                break;
            case "data-yanked":
                json.WriteString("yanked", value);
                break;
            case "data-gpg-sig":
                json.WriteBoolean("gpg-sig", value == "true");
                break;
            case "data-core-metadata" or "data-dist-info-metadata":
                json.WritePropertyName(name == "data-core-metadata" ? "core-metadata" : "dist-info-metadata");
                if (value.Split('=', 2) is not [var algorithm, var hash])
                {
                    json.WriteBooleanValue(true);
                    break;
                }

                json.WriteStartObject();
                json.WriteString(algorithm, hash);
                json.WriteEndObject();
                break;
        }
    }

    private void Separate()
    {
        if (_hasItems)
            Write(",");
        _hasItems = true;
    }

    private void Write(string text)
    {
        int length = Encoding.UTF8.GetBytes(text, buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length)));
        buffer.Advance(length);
    }
}
