namespace Shacache.Core.Platforms;

/// <summary>An operating system as os-release names it: member <c>os</c> of an entry (docs/protocol.md, "Binary cache").</summary>
/// <param name="Id">Such as <c>debian</c>.</param>
/// <param name="Version">Such as <c>12</c>; may be empty.</param>
/// <param name="Codename">Such as <c>bookworm</c>; may be empty.</param>
public sealed record Distribution(string Id, string Version, string Codename)
{
    /// <summary>The form in which two distributions are compared.</summary>
    /// <remarks>
    /// Lower-case id; Raspbian is Debian; Debian keeps its major version alone and loses the codename, as its minor releases
    /// are compatible and old entries have none.
    /// </remarks>
    public Distribution Normalize()
    {
        string id = Id.ToLowerInvariant();
        return id is "debian" or "raspbian"
            ? new Distribution("debian", Version.Split('.', 2)[0], "")
            : this with { Id = id };
    }

    /// <summary>Whether software built on one runs on the other.</summary>
    public bool Matches(Distribution other) => Normalize() == other.Normalize();

    /// <summary>The parts that are there, such as <c>debian 12 bookworm</c>.</summary>
    public override string ToString() => string.Join(' ', new[] { Id, Version, Codename }.Where(part => part.Length > 0));
}
