using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Http.Answers;
using Shacache.Http.Routing;

namespace Shacache.Http.Access;

/// <summary>What the operator of a cache asks (docs/protocol.md, "Mirrors"): a caller that may administer; without accounts, one on this machine.</summary>
internal sealed class OperatorEndpoint(IEnumerable<OperatorOperation> operations, IOperatorGate gate) : IEndpoint
{
    private readonly Operations _operations = new(operations.Select(one => new Operation(one.Method, one.Path, (context, _) => HandleAsync(context, one, gate))));

    // The second as slapproxy has it, below a path of the content store.
    public IEnumerable<Mount> Mounts => [Mount.Under("/mirror"), Mount.At("/shacache/update", segment: "update")];

    public bool IsForWebPages(HttpRequest request, in Route route) => false;

    public ValueTask HandleAsync(HttpContext context, in Route route) => _operations.HandleAsync(context, route);

    private static async ValueTask HandleAsync(HttpContext context, OperatorOperation operation, IOperatorGate gate)
    {
        Problem? refusal = operation.HasOwnGate ? null : await gate.FindRefusalAsync(context);
        await (refusal is { } problem ? UploadRefusal.WriteAsync(context, problem) : operation.HandleAsync(context));
    }
}

/// <summary>Something that the operator asks below <c>/mirror</c>. Each feature registers its own.</summary>
/// <param name="Method">The only method.</param>
/// <param name="Path">Its path below <c>/mirror</c>.</param>
/// <param name="HandleAsync">Answers.</param>
internal sealed record OperatorOperation(string Method, string Path, Func<HttpContext, ValueTask> HandleAsync)
{
    /// <summary>Whether it decides by itself who may ask.</summary>
    public bool HasOwnGate { get; init; }

    /// <summary>What a feature registers that is off: callers that may ask are told so.</summary>
    public static OperatorOperation Off(string method, string path, Problem problem) => new(method, path, context => UploadRefusal.WriteAsync(context, problem));
}

/// <summary>Adds operations.</summary>
internal static class OperatorExtensions
{
    /// <param name="services">The application's services.</param>
    /// <param name="method">The only method.</param>
    /// <param name="path">The path below <c>/mirror</c>.</param>
    /// <param name="find">Finds what answers, in the feature's service.</param>
    /// <param name="hasOwnGate">Whether that decides by itself who may ask.</param>
    public static void AddOperation<T>(
        this IServiceCollection services, string method, string path, Func<T, Func<HttpContext, ValueTask>> find, bool hasOwnGate = false)
        where T : notnull =>
        services.AddSingleton(provider => new OperatorOperation(method, path, find(provider.GetRequiredService<T>())) { HasOwnGate = hasOwnGate });
}
