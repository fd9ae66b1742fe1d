namespace Shacache.Client.Mirrors;

/// <summary>How far the filling of a server is, or was when it ended.</summary>
/// <param name="Keys">Keys that were asked for.</param>
/// <param name="ChangedKeys">Of them, those of which something else was known before, or nothing.</param>
/// <param name="Entries">Entries that the server lists under these keys.</param>
/// <param name="Objects">Objects that were transferred.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Here">Objects that were there already.</param>
/// <param name="Failed">Keys and objects that the server could not be filled with.</param>
public sealed record PullTotals(long Keys, long ChangedKeys, long Entries, long Objects, long Bytes, long Here, long Failed);
