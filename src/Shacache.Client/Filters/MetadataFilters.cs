namespace Shacache.Client.Filters;

/// <summary>Conditions on the metadata of entries, applied one after the other (docs/commands.md, "Filters").</summary>
public sealed class MetadataFilters(IReadOnlyList<MetadataFilter> filters)
{
    /// <summary>Keeps what passes every filter, in the order given.</summary>
    /// <param name="items">What to choose from; an item without the filter's key drops out.</param>
    /// <param name="information">Gives the JSON object of an item's metadata, such as an entry's signed text.</param>
    /// <param name="warn">Called with one line for each item that is skipped because its values cannot be compared or read.</param>
    public IReadOnlyList<T> Apply<T>(IEnumerable<T> items, Func<T, string> information, Action<string> warn)
    {
        if (filters.Count == 0)
            return [.. items];

        List<Candidate<T>> passing = [];
        foreach (T item in items)
        {
            if (TryRead(information(item), out IReadOnlyDictionary<string, object?>? metadata, out string? problem))
                passing.Add(new Candidate<T>(item, metadata!));
            else
                warn($"An entry is skipped: its metadata cannot be read, {problem}.");
        }

        foreach (MetadataFilter filter in filters)
            passing = filter.Apply(passing, warn);
        return passing.ConvertAll(candidate => candidate.Item);
    }

    private static bool TryRead(string information, out IReadOnlyDictionary<string, object?>? metadata, out string? problem)
    {
        metadata = null;
        problem = "it is not a JSON object";
        try
        {
            metadata = PythonJsonReader.Parse(information) as IReadOnlyDictionary<string, object?>;
        }
        catch (FormatException e)
        {
            problem = e.Message;
        }

        return metadata is not null;
    }
}
