using System.Text.Json;

namespace Shacache.Packaging.Contents;

/// <summary>Writes what is inside as CycloneDX 1.6 in JSON.</summary>
internal static class BillOfMaterials
{
    private const string Program = "shacache";

    /// <param name="components">What is inside.</param>
    /// <param name="version">The program's version.</param>
    /// <param name="time">The time of its sources, as ISO 8601: lists of the same sources are the same.</param>
    /// <param name="output">The file to write.</param>
    public static void Write(IReadOnlyList<Component> components, string version, string time, string output)
    {
        using FileStream file = File.Create(output);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
        json.WriteString("bomFormat", "CycloneDX");
        json.WriteString("specVersion", "1.6");
        json.WriteNumber("version", 1);
        json.WriteStartObject("metadata");
        json.WriteString("timestamp", time);
        json.WriteStartObject("component");
        json.WriteString("type", "application");
        json.WriteString("bom-ref", Program);
        json.WriteString("name", Program);
        json.WriteString("version", version);
        json.WriteEndObject();
        json.WriteEndObject();

        json.WriteStartArray("components");
        foreach (Component component in components)
            Write(json, component);
        json.WriteEndArray();

        json.WriteStartArray("dependencies");
        json.WriteStartObject();
        json.WriteString("ref", Program);
        json.WriteStartArray("dependsOn");
        foreach (Component component in components)
            json.WriteStringValue(component.Locator);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Component component)
    {
        json.WriteStartObject();
        json.WriteString("type", "library");
        json.WriteString("bom-ref", component.Locator);
        json.WriteString("name", component.Name);
        json.WriteString("version", component.Version);
        if (component.Sha512 is { } hash)
        {
            json.WriteStartArray("hashes");
            json.WriteStartObject();
            json.WriteString("alg", "SHA-512");
            json.WriteString("content", hash);
            json.WriteEndObject();
            json.WriteEndArray();
        }

        if (component.Licence is { } licence)
        {
            json.WriteStartArray("licenses");
            json.WriteStartObject();
            json.WriteStartObject("license");
            json.WriteString("id", licence);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteString("copyright", component.Copyright);
        json.WriteString("purl", component.Locator);
        json.WriteEndObject();
    }
}
