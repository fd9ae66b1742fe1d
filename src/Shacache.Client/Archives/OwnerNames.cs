using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;

namespace Shacache.Client.Archives;

/// <summary>Finds the names of the owners that occur in a folder, each once.</summary>
internal sealed class OwnerNames
{
    private readonly Dictionary<FileOwner, TarOwner> _known = [];

    public TarOwner Describe(FileOwner owner)
    {
        if (!_known.TryGetValue(owner, out TarOwner? described))
        {
            described = new TarOwner(owner.UserId, owner.GroupId, AccountNames.FindUser(owner.UserId)?.Name ?? [], AccountNames.FindGroupName(owner.GroupId) ?? []);
            _known.Add(owner, described);
        }

        return described;
    }
}
