namespace Shacache.Core.Blobs;

/// <summary>What was removed to make room since the start.</summary>
/// <param name="RemovedCount">How many blobs.</param>
/// <param name="RemovedBytes">Their bytes together.</param>
/// <param name="LastAge">For how long the blob that was removed last had not been used; null when none was.</param>
/// <param name="ProtectedBytes">How much the last look for room had to leave, as it may not go; 0 when there was room.</param>
public readonly record struct EvictionTotals(long RemovedCount, long RemovedBytes, TimeSpan? LastAge, long ProtectedBytes);
