namespace Shacache.Client.Entries;

/// <summary>What the signed text of an entry proves about the key that it is listed under.</summary>
public enum BindingState
{
    /// <summary>It was not said under which key the entry is listed.</summary>
    NotAsked,

    /// <summary>The text says nothing about its key.</summary>
    Absent,

    /// <summary>The text names this key, or a URL whose MD5 is the one in the key.</summary>
    Proven,

    /// <summary>The text names another key or URL: the entry is a replay.</summary>
    Contradicted,
}
