using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Shacache.Http.Remotes.Json;

/// <summary>Walks over a JSON document of any length in bounded memory: one member of the root holds many objects, which are given one by one; all else comes as it is.</summary>
/// <remarks>An index of a large package has tens of megabytes. What is not changed is copied byte for byte: clients get every member, also those that this program does not know.</remarks>
internal static class JsonItems
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>The longest object, or other single value, in bytes.</summary>
    private const int MaxValueBytes = 32 << 20;

    /// <summary>Reads a document to its end.</summary>
    /// <param name="source">The document.</param>
    /// <param name="container">The member of the root: an array of objects, or an object of objects.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The parts in their order. Each is valid until the next one is asked for.</returns>
    /// <exception cref="JsonException">It is no JSON, or a single value is too long.</exception>
    public static async IAsyncEnumerable<JsonPart> ReadAsync(Stream source, string container, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scan = new Scan(container);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        int start = 0;
        int end = 0;
        bool isFinal = false;
        try
        {
            while (true)
            {
                (int before, int item) = scan.Next(buffer.AsSpan(start, end - start), isFinal);
                if (before + item > 0)
                    yield return new JsonPart(buffer.AsMemory(start, before), scan.Name, buffer.AsMemory(start + before, item));
                start += before + item;
                if (item > 0)
                    continue;
                if (isFinal)
                    break;

                buffer.AsSpan(start, end - start).CopyTo(buffer);
                end -= start;
                start = 0;
                if (end == buffer.Length)
                    buffer = Grow(buffer);
                int count = await source.ReadAsync(buffer.AsMemory(end), cancellationToken);
                end += count;
                isFinal = count == 0;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grow(byte[] buffer)
    {
        if (buffer.Length >= MaxValueBytes)
            throw new JsonException($"a single value is longer than {MaxValueBytes} bytes");
        byte[] larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private sealed class Scan(string container)
    {
        private readonly byte[] _container = Encoding.UTF8.GetBytes(container);
        private JsonReaderState _state;
        private bool _isNext;
        private bool _isInside;

        /// <summary>The member's name of the item that was found last; empty in an array.</summary>
        public string Name { get; private set; } = "";

        /// <returns>How many bytes come before the next item, and how many the item has; 0 of these when all that can be read was.</returns>
        public (int Before, int Item) Next(ReadOnlySpan<byte> bytes, bool isFinal)
        {
            var reader = new Utf8JsonReader(bytes, isFinal, _state);
            while (true)
            {
                Utf8JsonReader before = _isInside ? reader : default;
                if (!reader.Read())
                {
                    _state = reader.CurrentState;
                    return ((int)reader.BytesConsumed, 0);
                }

                if (_isInside && reader.CurrentDepth == 2)
                {
                    if (reader.TokenType == JsonTokenType.PropertyName)
                        Name = reader.GetString()!;
                    if (reader.TokenType is not JsonTokenType.StartObject)
                        continue;
                    int start = (int)reader.TokenStartIndex;
                    if (!reader.TrySkip())
                    {
                        // Its end has not come yet: it is read again, as a whole.
                        _state = before.CurrentState;
                        return ((int)before.BytesConsumed, 0);
                    }

                    _state = reader.CurrentState;
                    return (start, (int)reader.BytesConsumed - start);
                }

                if (reader.CurrentDepth == 1)
                    NoteMember(ref reader);
            }
        }

        private void NoteMember(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    _isNext = reader.ValueTextEquals(_container);
                    break;
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    _isInside = _isNext;
                    break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject:
                    _isInside = false;
                    break;
            }
        }
    }
}

/// <summary>A piece of a document.</summary>
/// <param name="Before">What comes before the item, as it is.</param>
/// <param name="Name">The member's name of the item; of no meaning in an array.</param>
/// <param name="Item">An object, as it is; empty in the last pieces.</param>
internal readonly record struct JsonPart(ReadOnlyMemory<byte> Before, string Name, ReadOnlyMemory<byte> Item);
