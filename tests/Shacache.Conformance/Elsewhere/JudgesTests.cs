using Shacache.Conformance.Server;

namespace Shacache.Conformance.Elsewhere;

/// <summary>The tests that start servers of their own again, with content in S3 and all else in PostgreSQL: crash, proximity, hostile and slow clients, memory, start and stop.</summary>
/// <remarks>Of those only <see cref="DiskFullTests"/> has no twin here: what it fills up is the tier, and a full tier is nothing that a client notices (<see cref="FullTierTests"/>).</remarks>
public static class JudgesTests
{
    /// <inheritdoc/>
    public sealed class Crash() : CrashTests(ServerStores.Elsewhere);

    /// <inheritdoc/>
    public sealed class Fuzz() : FuzzTests(ServerStores.Elsewhere);

    /// <inheritdoc/>
    public sealed class Memory() : MemoryTests(ServerStores.Elsewhere);

    /// <inheritdoc/>
    public sealed class Proximity() : ProximityTests(ServerStores.Elsewhere);

    /// <inheritdoc/>
    public sealed class SlowSender() : SlowSenderTests(ServerStores.Elsewhere);

    /// <inheritdoc/>
    public sealed class Start() : StartTests(ServerStores.Elsewhere);

    /// <inheritdoc/>
    public sealed class StartWithFewDescriptors() : StartWithFewDescriptorsTests(ServerStores.Elsewhere);

    /// <inheritdoc/>
    public sealed class Stop() : StopTests(ServerStores.Elsewhere);

    /// <inheritdoc/>
    public sealed class Trailer() : TrailerTests(ServerStores.Elsewhere);
}
