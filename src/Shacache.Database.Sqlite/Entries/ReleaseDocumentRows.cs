namespace Shacache.Database.Sqlite.Entries;

/// <summary>Finds rows by the objects that the entry of a release names beside its content. Two expressions of the schema, each with its index.</summary>
internal static class ReleaseDocumentRows
{
    /// <summary>Of a row: the relocation map, in hexadecimal; NULL when it names none.</summary>
    public const string Map = "CASE WHEN json_valid(information) THEN lower(json_extract(information, '$.relocation_map')) END";

    /// <summary>Of a row: the requirements, in hexadecimal; NULL when it names none.</summary>
    public const string Requirements = "CASE WHEN json_valid(information) THEN lower(json_extract(information, '$.requirements')) END";

    /// <summary>The rows that name an object, which is a parameter in hexadecimal: what follows WHERE.</summary>
    public const string NamesAsMap = $"instr(information, '\"relocation_map\"') > 0 AND {Map} = ";

    /// <inheritdoc cref="NamesAsMap"/>
    public const string NamesAsRequirements = $"instr(information, '\"requirements\"') > 0 AND {Requirements} = ";
}
