namespace Shacache.Database.PostgreSql.Entries;

/// <summary>Finds rows by the objects that the entry of a release names beside its content. Two expressions of the schema, each with its index.</summary>
internal static class ReleaseDocumentRows
{
    /// <summary>Of a row: the relocation map, in hexadecimal; NULL when it names none.</summary>
    public const string Map = """lower(substring(information from '"relocation_map"\s*:\s*"([0-9a-fA-F]{128})"'))""";

    /// <summary>Of a row: the requirements, in hexadecimal; NULL when it names none.</summary>
    public const string Requirements = """lower(substring(information from '"requirements"\s*:\s*"([0-9a-fA-F]{128})"'))""";

    /// <summary>The rows that name an object, which is a parameter in hexadecimal: what follows WHERE.</summary>
    public const string NamesAsMap = $"strpos(information, '\"relocation_map\"') > 0 AND {Map} = ";

    /// <inheritdoc cref="NamesAsMap"/>
    public const string NamesAsRequirements = $"strpos(information, '\"requirements\"') > 0 AND {Requirements} = ";
}
