namespace Shacache.Client.Filters;

/// <summary>Something that is filtered, with its metadata in the types of <see cref="PythonJsonReader"/>.</summary>
internal readonly record struct Candidate<T>(T Item, IReadOnlyDictionary<string, object?> Metadata);
