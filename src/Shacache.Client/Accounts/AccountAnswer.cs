using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Shacache.Client.Errors;

namespace Shacache.Client.Accounts;

/// <summary>An answer of the server that is one of those that were expected.</summary>
/// <param name="Request">What was asked, for messages.</param>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body.</param>
internal sealed record AccountAnswer(string Request, HttpStatusCode Status, string Body)
{
    /// <summary>Reads the document in the body.</summary>
    /// <exception cref="NetworkCacheUnavailableException">There is another one: that is no server of ours, or a much newer one.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
    {
        try
        {
            if (JsonSerializer.Deserialize(Body, type) is { } document)
                return document;
        }
        catch (JsonException e)
        {
            throw NotUnderstood(e);
        }

        throw NotUnderstood(null);
    }

    private NetworkCacheUnavailableException NotUnderstood(JsonException? cause) =>
        new($"{Request}: the answer is not understood ({OneLine.Of(cause?.Message ?? "null")}). Check that the URL is that of a cache with accounts.", cause);
}
