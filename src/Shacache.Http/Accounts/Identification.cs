using Shacache.Http.Errors;

namespace Shacache.Http.Accounts;

/// <summary>Who sent a request; or why the credential it presented is refused.</summary>
/// <param name="Caller">Who; anonymous when refused.</param>
/// <param name="Refusal">Why not; null when all is well.</param>
internal readonly record struct Identification(Caller Caller, Problem? Refusal)
{
    public static implicit operator Identification(Caller caller) => new(caller, null);

    public static implicit operator Identification(Problem refusal) => new(Caller.Anonymous, refusal);
}
