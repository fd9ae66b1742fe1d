using Shacache.Core.Blobs;

namespace Shacache.Client.Bundles;

/// <summary>The words of one line of an index, with a single space between.</summary>
internal ref struct IndexLine
{
    private ReadOnlySpan<char> _rest;
    private bool _isDone;

    /// <summary>Takes the next line, which begins with a name and a space.</summary>
    /// <exception cref="FormatException">There is none, or another one.</exception>
    public IndexLine(IndexLines lines, string name)
    {
        if (!lines.TryRead(out ReadOnlySpan<char> line) || !line.StartsWith(name, StringComparison.Ordinal))
            throw new FormatException($"it must begin with '{name.TrimEnd()}'");
        _rest = line[name.Length..];
    }

    /// <summary>The next word, which is a number.</summary>
    public long Number() =>
        BundleSeal.TryParseNumber(Word(), out long number) ? number : throw new FormatException("a number is not written in plain decimal digits");

    /// <summary>The next word, which is a digest.</summary>
    public Digest Digest() =>
        Core.Blobs.Digest.TryParse(Word(), out Digest digest) ? digest : throw new FormatException("there is no SHA-512 where one must be");

    /// <summary>All that is left.</summary>
    public string Rest()
    {
        if (_isDone || _rest.IsEmpty)
            throw new FormatException("a word is missing");
        _isDone = true;
        return _rest.ToString();
    }

    /// <summary>There must be no more.</summary>
    public readonly void End()
    {
        if (!_isDone)
            throw new FormatException("there are more words than there may be");
    }

    private ReadOnlySpan<char> Word()
    {
        if (_isDone)
            throw new FormatException("a word is missing");
        int space = _rest.IndexOf(' ');
        ReadOnlySpan<char> word = space < 0 ? _rest : _rest[..space];
        _isDone = space < 0;
        _rest = space < 0 ? default : _rest[(space + 1)..];
        return word.IsEmpty ? throw new FormatException("a word is missing") : word;
    }
}
