using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Archives;

/// <summary>Selects the extended attributes that go into an archive, and records those that are left out.</summary>
internal sealed class AttributeFilter
{
    // A header with attributes stays well below what readers accept.
    private const int MaxBytes = 512 * 1024;

    private readonly SortedDictionary<string, (long Files, string First)> _leftOut = new(StringComparer.Ordinal);

    /// <summary>One line for each kind that was left out.</summary>
    public IEnumerable<string> Warnings => _leftOut.Select(kind =>
        $"The extended attribute '{kind.Key}' of {kind.Value.Files} files was left out; the first is '{kind.Value.First}'.");

    /// <summary>The attributes that are archived; null for none.</summary>
    /// <param name="attributes">All.</param>
    /// <param name="path">The file that has them.</param>
    public List<ExtendedAttribute>? Select(IReadOnlyList<ExtendedAttribute>? attributes, ReadOnlySpan<byte> path)
    {
        if (attributes is null)
            return null;
        List<ExtendedAttribute> selected = [];
        int bytes = 0;
        foreach (ExtendedAttribute attribute in attributes)
        {
            bytes += attribute.Name.Length + attribute.Value.Length;
            if (attribute.IsPortable && bytes <= MaxBytes)
                selected.Add(attribute);
            else if (!attribute.IsLabel)
                LeaveOut(attribute, path);
        }

        return selected.Count == 0 ? null : selected;
    }

    private void LeaveOut(ExtendedAttribute attribute, ReadOnlySpan<byte> path)
    {
        const int MaxKinds = 20;
        string name = FileName.ToDisplay(attribute.PlainName);
        if (_leftOut.TryGetValue(name, out (long Files, string First) known))
            _leftOut[name] = (known.Files + 1, known.First);
        else
            _leftOut[_leftOut.Count < MaxKinds ? name : "…"] = (1, FileName.ToDisplay(path));
    }
}
