namespace Shacache.Core.Entries;

/// <summary>How many entries one key may have, and which of them may not be driven out by just anybody.</summary>
/// <param name="MaxEntries">Entries under one key, at least 1. An addition beyond drives out expired entries first, then the oldest that is not protected.</param>
/// <param name="IsProtected">
/// Tells whether an entry is protected. Such a one goes only for a newer protected one, when there is no other; an entry that is not protected is not
/// added then. Called from any thread, also more than once for an entry; does not throw.
/// </param>
public sealed record EntryLimit(int MaxEntries, Func<SignedEntry, bool> IsProtected);
