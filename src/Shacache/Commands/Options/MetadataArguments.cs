using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Cli.Errors;
using Shacache.Core.Entries;
using Shacache.Core.Messages;
using Shacache.Core.Urls;

namespace Shacache.Cli.Commands.Options;

/// <summary>The metadata that a command line gives: a JSON file, pairs KEY=VALUE that win over it, and the URL unless one of them has it.</summary>
internal static class MetadataArguments
{
    /// <summary>No server takes a larger entry by default.</summary>
    private const int MaxFileBytes = 1024 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static JsonObject Read(string? path, IReadOnlyList<string> pairs, string? url, EntryKey? key)
    {
        JsonObject metadata = path is null ? [] : ReadFile(path);
        foreach (string pair in pairs)
        {
            if (pair.StartsWith('-'))
                throw new CommandFailedException(ExitCode.Usage, $"there is no option '{pair}'.");
            int equals = pair.IndexOf('=');
            if (equals <= 0)
                throw new CommandFailedException(ExitCode.Usage, $"'{UrlSecrets.Redact(pair)}' is not metadata: it must be KEY=VALUE, such as version=1.2.");
            metadata[pair[..equals]] = pair[(equals + 1)..];
        }

        // What no client would trust is refused before anything is sent.
        if (metadata.ContainsKey("sha512"))
            throw new CommandFailedException(ExitCode.Usage, "the metadata have a member sha512: leave it out, it is computed.");
        if (key is not null)
            EnsureIsOrMissing(metadata, "key", key.Value, "the key");
        if (url is not null)
        {
            EnsureIsOrMissing(metadata, "url", url, "--url");
            metadata.TryAdd("url", url);
        }

        return metadata;
    }

    private static void EnsureIsOrMissing(JsonObject metadata, string name, string value, string what)
    {
        if (metadata.TryGetPropertyValue(name, out JsonNode? member) && !JsonNode.DeepEquals(member, JsonValue.Create(value)))
        {
            throw new CommandFailedException(
                ExitCode.Usage, $"the metadata say {name} is {UrlSecrets.Redact(member?.ToJsonString() ?? "null")}, but {what} is {UrlSecrets.Redact(value)}: no client would trust the entry.");
        }
    }

    private static JsonObject ReadFile(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.CanSeek && file.Length > MaxFileBytes)
                throw new CommandFailedException(ExitCode.Error, $"{path}: the metadata have {file.Length} bytes; at most {MaxFileBytes} can be used.");
            return JsonNode.Parse(file, documentOptions: Strict) as JsonObject
                ?? throw new CommandFailedException(ExitCode.Error, $"{path}: the metadata must be one JSON object, such as {{\"version\": [1, 2]}}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, $"{path}: the metadata cannot be read: {FileTrouble.Explain(e, path)}.", e);
        }
        catch (JsonException e)
        {
            throw new CommandFailedException(ExitCode.Error, $"{path}: the metadata are not JSON: {e.Message}", e);
        }
    }
}
