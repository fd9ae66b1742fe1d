using System.Globalization;
using System.Text;
using System.Xml;

namespace Shacache.Blobs.S3.Requests;

/// <summary>Reads and writes the XML of the protocol (Amazon S3 API Reference).</summary>
internal static class S3Documents
{
    private static readonly XmlReaderSettings Settings = new() { DtdProcessing = DtdProcessing.Prohibit, IgnoreWhitespace = true, IgnoreComments = true, XmlResolver = null };

    /// <summary>The code of an error; empty when the body is none.</summary>
    public static string FindErrorCode(byte[] body)
    {
        try
        {
            using XmlReader reader = Open(body);
            return reader.MoveToContent() == XmlNodeType.Element && reader.LocalName == "Error" && reader.ReadToDescendant("Code") ? reader.ReadElementContentAsString() : "";
        }
        catch (XmlException)
        {
            // What is no document of the protocol, as of a proxy: the status says enough.
            return "";
        }
    }

    /// <summary>The texts of elements with these names, wherever they are, in the order of the document.</summary>
    /// <exception cref="InvalidDataException">It is no document.</exception>
    public static string? FindText(byte[] body, string name)
    {
        try
        {
            using XmlReader reader = Open(body);
            while (reader.Read())
            {
                if (reader.NodeType == XmlNodeType.Element && reader.LocalName == name)
                    return reader.ReadElementContentAsString();
            }

            return null;
        }
        catch (XmlException e)
        {
            throw new InvalidDataException("the answer is no XML", e);
        }
    }

    /// <summary>Reads a listing of objects, or of uploads in parts.</summary>
    /// <param name="body">The document.</param>
    /// <param name="element">The name of the elements: <c>Contents</c> or <c>Upload</c>.</param>
    /// <exception cref="InvalidDataException">It is no such document.</exception>
    public static ListPage ReadList(byte[] body, string element)
    {
        try
        {
            using XmlReader reader = Open(body);
            List<ListedKey> keys = [];
            Dictionary<string, string> own = new(StringComparer.Ordinal);
            reader.MoveToContent();
            reader.ReadStartElement();
            while (reader.NodeType == XmlNodeType.Element)
            {
                if (reader.LocalName == element)
                    keys.Add(ReadKey(reader));
                else if (reader.LocalName is "CommonPrefixes" or "Owner")
                    reader.Skip();
                else
                    own[reader.LocalName] = reader.ReadElementContentAsString();
            }

            return new ListPage(
                keys,
                own.GetValueOrDefault("IsTruncated") == "true",
                own.GetValueOrDefault("NextContinuationToken"),
                own.GetValueOrDefault("NextKeyMarker"),
                own.GetValueOrDefault("NextUploadIdMarker"));
        }
        catch (Exception e) when (e is XmlException or FormatException)
        {
            throw new InvalidDataException("the answer is no listing", e);
        }
    }

    /// <summary>The body that completes an upload in parts.</summary>
    public static byte[] WriteParts(IEnumerable<(int Number, string EntityTag)> parts)
    {
        var text = new StringBuilder("<CompleteMultipartUpload>");
        foreach ((int number, string tag) in parts)
            text.Append(CultureInfo.InvariantCulture, $"<Part><PartNumber>{number}</PartNumber><ETag>\"{tag}\"</ETag></Part>");
        return Encoding.UTF8.GetBytes(text.Append("</CompleteMultipartUpload>").ToString());
    }

    private static XmlReader Open(byte[] body) => XmlReader.Create(new MemoryStream(body), Settings);

    private static ListedKey ReadKey(XmlReader reader)
    {
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        reader.ReadStartElement();
        while (reader.NodeType == XmlNodeType.Element)
        {
            if (reader.LocalName is "Owner" or "Initiator" or "RestoreStatus")
                reader.Skip();
            else
                fields[reader.LocalName] = reader.ReadElementContentAsString();
        }

        reader.ReadEndElement();
        string time = fields.GetValueOrDefault("LastModified") ?? fields.GetValueOrDefault("Initiated") ?? throw new FormatException("There is no time.");
        return new ListedKey(
            fields.GetValueOrDefault("Key") ?? throw new FormatException("There is no key."),
            long.Parse(fields.GetValueOrDefault("Size", "0"), NumberStyles.None, CultureInfo.InvariantCulture),
            DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
            fields.GetValueOrDefault("UploadId"));
    }
}

/// <summary>A page of a listing.</summary>
/// <param name="Keys">What is listed.</param>
/// <param name="IsTruncated">Whether more follows.</param>
/// <param name="Continuation">Where it goes on, of objects.</param>
/// <param name="KeyMarker">Where it goes on, of uploads.</param>
/// <param name="UploadMarker">Where it goes on, of uploads.</param>
internal sealed record ListPage(IReadOnlyList<ListedKey> Keys, bool IsTruncated, string? Continuation, string? KeyMarker, string? UploadMarker)
{
    /// <summary>The clock of the store when it answered; null when it did not say.</summary>
    public DateTimeOffset? Now { get; init; }
}

/// <summary>An object, or an upload in parts.</summary>
/// <param name="Key">Its key.</param>
/// <param name="LengthBytes">How long it is.</param>
/// <param name="At">When it was stored or begun, by the clock of the store.</param>
/// <param name="UploadId">The name of the upload; null for an object.</param>
internal sealed record ListedKey(string Key, long LengthBytes, DateTimeOffset At, string? UploadId);
