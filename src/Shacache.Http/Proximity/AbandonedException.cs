namespace Shacache.Http.Proximity;

/// <summary>A transfer ended because its clients had left.</summary>
internal sealed class AbandonedException() : Exception("Nobody wanted the object any more.");
