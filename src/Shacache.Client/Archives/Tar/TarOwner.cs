namespace Shacache.Client.Archives.Tar;

/// <summary>Who owns a file, as an archive says it: names, which mean the same on other machines, and numbers.</summary>
/// <param name="UserId">Number of the user.</param>
/// <param name="GroupId">Number of the group.</param>
/// <param name="UserName">Name of the user; empty when it has none.</param>
/// <param name="GroupName">Name of the group; empty when it has none.</param>
internal sealed record TarOwner(uint UserId, uint GroupId, ReadOnlyMemory<byte> UserName, ReadOnlyMemory<byte> GroupName)
{
    /// <summary>What is written when owners are not kept.</summary>
    public static TarOwner None { get; } = new(0, 0, default, default);
}
