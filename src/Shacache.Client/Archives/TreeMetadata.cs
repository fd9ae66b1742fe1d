using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;

namespace Shacache.Client.Archives;

/// <summary>Gives files, folders and links the owners, modes, attributes and times of an archive, as far as this user may and the file system can.</summary>
/// <remarks>What is not possible here is told once, and is no reason to have no release. Safe for concurrent use, but for <see cref="FindOwner"/>.</remarks>
internal sealed class TreeMetadata
{
    private readonly ExtractionOptions _options;
    private readonly FileOwner _created;
    private readonly bool _canChangeOwners;
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private (byte[] UserName, byte[] GroupName, FileOwner Owner)? _last;

    /// <summary>Creates one.</summary>
    /// <param name="options">Who is to own everything, and whether capabilities may be restored.</param>
    /// <param name="rootOwner">Who owns the folder in which the release will be.</param>
    /// <param name="created">Who owns a new file here.</param>
    public TreeMetadata(ExtractionOptions options, FileOwner rootOwner, FileOwner created)
    {
        _options = options;
        _created = created;
        _canChangeOwners = AccountNames.EffectiveUserId() == 0;
        Fallback = options.Owner ?? (_canChangeOwners ? rootOwner : created);
    }

    /// <summary>Whether folders hand on their group to what is created in them. Root gives everything its owner itself.</summary>
    public bool InheritsGroups => !_canChangeOwners;

    /// <summary>Who owns what the archive says no owner of that is known here.</summary>
    public FileOwner Fallback { get; }

    /// <summary>Who is to own what an entry describes.</summary>
    public FileOwner FindOwner(TarEntry entry)
    {
        if (!_canChangeOwners || _options.Owner is not null)
            return Fallback;
        if (_last is { } last && ReferenceEquals(last.UserName, entry.UserName) && ReferenceEquals(last.GroupName, entry.GroupName))
            return last.Owner;
        var owner = new FileOwner(
            AccountNames.FindUser(FileName.WithNul(entry.UserName))?.UserId ?? Miss("user", entry.UserName, Fallback.UserId),
            AccountNames.FindGroup(FileName.WithNul(entry.GroupName)) ?? Miss("group", entry.GroupName, Fallback.GroupId));
        _last = (entry.UserName, entry.GroupName, owner);
        return owner;
    }

    /// <summary>Gives an open file or folder what it is to have; the last that is done with it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="owner">Its owner.</param>
    /// <param name="permissions">Its permissions; null when it has them.</param>
    /// <param name="attributes">Its extended attributes; null for none.</param>
    /// <param name="modified">Its modification time; null for whatever it is.</param>
    /// <exception cref="FileSystemException">The disk failed.</exception>
    public void Set(SafeFileHandle file, FileOwner owner, uint? permissions, IReadOnlyList<ExtendedAttribute>? attributes, TimeSpec? modified)
    {
        // First the owner: a change of it takes away set-uid bits and capabilities. All of it behind the content, since writing does the same.
        if (owner != _created)
            Check(LibC.ChangeOwner(file, owner.UserId, owner.GroupId), "owners");
        if (permissions is { } mode)
            Check(LibC.ChangeMode(file, mode), "modes");
        foreach (ExtendedAttribute attribute in attributes ?? [])
            SetAttribute(file, attribute);
        if (modified is { } time)
            Check(FileSystemCalls.SetTimes(file, time), "times");
    }

    /// <summary>Gives a symbolic link its owner and time.</summary>
    public void SetLink(SafeFileHandle parent, ReadOnlySpan<byte> name, FileOwner owner, TimeSpec modified)
    {
        if (owner != _created)
            Check(LibC.ChangeOwnerAt(parent, name, owner.UserId, owner.GroupId, LibC.NoFollowAt), "owners");
        Check(FileSystemCalls.SetTimesOfName(parent, name, modified), "times of symbolic links");
    }

    /// <summary>Tells something, the first time.</summary>
    public void TellOnce(string kind, string line)
    {
        lock (_told)
        {
            if (_told.Add(kind))
                _options.OnWarning?.Invoke(line);
        }
    }

    private void SetAttribute(SafeFileHandle file, ExtendedAttribute attribute)
    {
        string name = FileName.ToDisplay(attribute.PlainName);
        if (attribute.IsLabel)
            return;
        if (!attribute.IsPortable)
            TellOnce(name, $"the archive has extended attributes '{name}', which are not restored.");
        else if (attribute.IsCapability && !_options.AllowSetId)
            TellOnce(name, "the archive has programs with capabilities, which are not restored: --allow-set-id restores them.");
        else
            Check(LibC.SetAttribute(file, attribute.Name, attribute.Value, attribute.Value.Length, 0), $"extended attributes '{name}'");
    }

    private void Check(int result, string what)
    {
        if (result >= 0)
            return;
        int error = Marshal.GetLastPInvokeError();
        if (!FileSystemCalls.IsUnsupported(error))
            throw FileSystemCalls.Failure($"set the {what} of", default, error);
        TellOnce(what, $"the {what} of the archive are not restored: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    private uint Miss(string kind, byte[] name, uint fallback)
    {
        const string Whose = "the owner of the software root gets what is theirs";
        if (name.Length > 0)
            TellOnce($"{kind} {Convert.ToHexString(name)}", $"there is no {kind} '{FileName.ToDisplay(name)}' of the archive on this machine: {Whose}.");
        else
            TellOnce("unnamed", $"the archive does not name the owners of its files: {Whose}.");
        return fallback;
    }
}
