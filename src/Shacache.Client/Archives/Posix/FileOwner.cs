using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Shacache.Posix;

namespace Shacache.Client.Archives.Posix;

/// <summary>Who owns a file.</summary>
/// <param name="UserId">Number of the user.</param>
/// <param name="GroupId">Number of the group.</param>
public readonly record struct FileOwner(uint UserId, uint GroupId)
{
    /// <summary>Parses <c>USER[:GROUP]</c>, names or numbers of this machine; without a group it is the login group of the user.</summary>
    /// <param name="text">The text.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="problem">One line that says what is wrong.</param>
    public static bool TryParse(string text, out FileOwner owner, [NotNullWhen(false)] out string? problem)
    {
        owner = default;
        string[] parts = text.Split(':', 2);
        uint? group = null;
        SystemAccounts.User? user = SystemAccounts.FindUser(FileName.FromText(parts[0]));
        uint? userId = user?.UserId ?? ParseNumber(parts[0]);
        if (userId is null)
        {
            problem = $"There is no user '{parts[0]}' on this machine; an owner is USER[:GROUP], by name or number.";
            return false;
        }

        if (parts.Length == 1 || parts[1].Length == 0)
        {
            group = (user ?? SystemAccounts.FindUser(userId.Value))?.GroupId;
            problem = $"The user '{parts[0]}' has no login group on this machine: name a group as well, USER:GROUP.";
        }
        else
        {
            group = SystemAccounts.FindGroup(FileName.FromText(parts[1])) ?? ParseNumber(parts[1]);
            problem = $"There is no group '{parts[1]}' on this machine; an owner is USER[:GROUP], by name or number.";
        }

        if (group is null)
            return false;
        owner = new FileOwner(userId.Value, group.Value);
        problem = null;
        return true;
    }

    // The largest number means "as it is" to chown.
    private static uint? ParseNumber(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number != uint.MaxValue ? number : null;
}
