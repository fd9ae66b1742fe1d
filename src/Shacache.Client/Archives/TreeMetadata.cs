using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;
using Shacache.Posix;

namespace Shacache.Client.Archives;

/// <summary>Gives files, folders and links the owners, modes, attributes and times of an archive, as far as this user may and the file system can.</summary>
/// <remarks>What this machine cannot restore is reported once as a warning; the release is extracted anyway. Safe for concurrent use, except <see cref="FindOwner"/>.</remarks>
internal sealed class TreeMetadata
{
    private readonly ExtractionOptions _options;
    private readonly FileOwner _created;
    private readonly bool _canChangeOwners;
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private (byte[] UserName, byte[] GroupName, FileOwner Owner)? _last;

    /// <summary>Creates one.</summary>
    /// <param name="options">Who is to own everything, and whether capabilities may be restored.</param>
    /// <param name="rootOwner">Who owns the folder in which the release will be.</param>
    /// <param name="created">Who owns a new file here.</param>
    public TreeMetadata(ExtractionOptions options, FileOwner rootOwner, FileOwner created)
    {
        _options = options;
        _created = created;
        _canChangeOwners = SystemAccounts.EffectiveUserId() == 0;
        Fallback = options.Owner ?? (_canChangeOwners ? rootOwner : created);
    }

    /// <summary>Whether folders pass their group on to what is created in them. Root sets every owner explicitly.</summary>
    public bool InheritsGroups => !_canChangeOwners;

    /// <summary>Who owns what has no owner in the archive that is known on this machine.</summary>
    public FileOwner Fallback { get; }

    /// <summary>Who is to own what an entry describes.</summary>
    public FileOwner FindOwner(TarEntry entry)
    {
        if (!_canChangeOwners || _options.Owner is not null)
            return Fallback;
        if (_last is { } last && ReferenceEquals(last.UserName, entry.UserName) && ReferenceEquals(last.GroupName, entry.GroupName))
            return last.Owner;
        var owner = new FileOwner(
            SystemAccounts.FindUser(FileName.WithNul(entry.UserName))?.UserId ?? Miss("user", entry.UserName, Fallback.UserId),
            SystemAccounts.FindGroup(FileName.WithNul(entry.GroupName)) ?? Miss("group", entry.GroupName, Fallback.GroupId));
        _last = (entry.UserName, entry.GroupName, owner);
        return owner;
    }

    /// <summary>Gives an open file or folder what it is to have; the last operation on it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="owner">Its owner.</param>
    /// <param name="permissions">Its permissions; null when it has them.</param>
    /// <param name="attributes">Its extended attributes; null for none.</param>
    /// <param name="modified">Its modification time; null for whatever it is.</param>
    /// <exception cref="FileSystemException">The disk failed.</exception>
    public void Set(SafeFileHandle file, FileOwner owner, uint? permissions, IReadOnlyList<ExtendedAttribute>? attributes, TimeSpec? modified)
    {
        // First the owner: a change of it takes away set-uid bits and capabilities. All of this comes after the content, since writing does the same.
        if (owner != _created)
            Check(FileCalls.ChangeOwner(file, owner.UserId, owner.GroupId), "owners");
        if (permissions is { } mode)
            Check(FileCalls.ChangeMode(file, mode), "modes");
        foreach (ExtendedAttribute attribute in attributes ?? [])
            SetAttribute(file, attribute);
        if (modified is { } time)
            Check(FileSystemCalls.SetTimes(file, time), "times");
    }

    /// <summary>Gives a symbolic link its owner and time.</summary>
    public void SetLink(SafeFileHandle parent, ReadOnlySpan<byte> name, FileOwner owner, TimeSpec modified)
    {
        if (owner != _created)
            Check(FileCalls.ChangeOwnerAt(parent, name, owner.UserId, owner.GroupId, FileCalls.NoFollowAt), "owners");
        Check(FileSystemCalls.SetTimesOfName(parent, name, modified), "times of symbolic links");
    }

    /// <summary>Warns about something, only the first time.</summary>
    public void WarnOnce(string kind, string line)
    {
        lock (_warned)
        {
            if (_warned.Add(kind))
                _options.OnWarning?.Invoke(line);
        }
    }

    private void SetAttribute(SafeFileHandle file, ExtendedAttribute attribute)
    {
        string name = FileName.ToDisplay(attribute.PlainName);
        if (attribute.IsLabel)
            return;
        if (!attribute.IsPortable)
            WarnOnce(name, $"the archive has extended attributes '{name}', which are not restored.");
        else if (attribute.IsCapability && !_options.AllowSetId)
            WarnOnce(name, "the archive has programs with capabilities, which are not restored: --allow-set-id restores them.");
        else
            Check(FileCalls.SetAttribute(file, attribute.Name, attribute.Value, attribute.Value.Length, 0), $"extended attributes '{name}'");
    }

    private void Check(int result, string what)
    {
        if (result >= 0)
            return;
        int error = Marshal.GetLastPInvokeError();
        if (!FileSystemCalls.IsUnsupported(error))
            throw FileSystemCalls.Failure($"set the {what} of", default, error);
        WarnOnce(what, $"the {what} of the archive are not restored: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    private uint Miss(string kind, byte[] name, uint fallback)
    {
        const string Consequence = "the owner of the software root gets what is theirs";
        if (name.Length > 0)
            WarnOnce($"{kind} {Convert.ToHexString(name)}", $"there is no {kind} '{FileName.ToDisplay(name)}' of the archive on this machine: {Consequence}.");
        else
            WarnOnce("unnamed", $"the archive does not name the owners of its files: {Consequence}.");
        return fallback;
    }
}
