using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Core.Accounts;
using Shacache.Http.Answers;
using Shacache.Http.Requests;
using Shacache.Http.Routing;

namespace Shacache.Http.Access;

/// <summary>What the operator of a cache asks (docs/protocol.md, "Mirrors" and "Stores"): a caller that may administer; without accounts, one on this machine.</summary>
internal sealed class OperatorEndpoint(IEnumerable<OperatorOperation> operations, IOperatorGate gate, params Mount[] mounts) : IEndpoint
{
    /// <summary>What is about upstreams.</summary>
    public const string Mirror = "/mirror";

    /// <summary>What is about the stores of the server itself.</summary>
    public const string Store = "/store";

    private readonly Operations _operations = new(operations.Select(one => new Operation(one.Method, one.Path, (context, _) => HandleAsync(context, one, gate))));

    public IEnumerable<Mount> Mounts => mounts;

    public string Surface => mounts[0].Name[1..];

    public bool IsForWebPages(HttpRequest request, in Route route) => false;

    public ValueTask HandleAsync(HttpContext context, in Route route) => _operations.HandleAsync(context, route);

    private static async ValueTask HandleAsync(HttpContext context, OperatorOperation operation, IOperatorGate gate)
    {
        if (!operation.HasOwnGate)
        {
            OperatorAdmission admission = await gate.AdmitAsync(context);
            if (admission.Refusal is { } problem)
            {
                await UploadRefusal.WriteAsync(context, problem);
                return;
            }

            context.Features.Set(new Actor(admission.Name, ConnectionOrigin.Describe(context)));
        }

        await operation.HandleAsync(context);
    }
}

/// <summary>Who asks for a change, as the audit log says it.</summary>
/// <param name="Name">The name of an account, or one of the names in <see cref="AuditEntry"/>.</param>
/// <param name="From">The address it came from.</param>
internal sealed record Actor(string Name, string From)
{
    /// <summary>The caller of a request that was admitted.</summary>
    public static Actor Of(HttpContext context) => context.Features.Get<Actor>()!;

    /// <summary>The line for what they do.</summary>
    public AuditEntry Record(DateTimeOffset at, AuditAction action, string subject, string detail = "") => new(at, Name, action, subject, From, detail);
}

/// <summary>Something that the operator asks. Each feature registers its own.</summary>
/// <param name="Surface">The path that it is below: <see cref="OperatorEndpoint.Mirror"/> or <see cref="OperatorEndpoint.Store"/>.</param>
/// <param name="Method">The only method.</param>
/// <param name="Path">Its path below that.</param>
/// <param name="HandleAsync">Answers; <see cref="Actor.Of"/> tells who asks.</param>
internal sealed record OperatorOperation(string Surface, string Method, string Path, Func<HttpContext, ValueTask> HandleAsync)
{
    /// <summary>Whether it decides by itself who may ask.</summary>
    public bool HasOwnGate { get; init; }
}

/// <summary>Adds operations.</summary>
internal static class OperatorExtensions
{
    /// <param name="services">The application's services.</param>
    public static void AddOperators(this IServiceCollection services)
    {
        // The second as slapproxy has it, below a path of the content store.
        services.AddSingleton<IEndpoint>(provider => Create(
            provider, OperatorEndpoint.Mirror, Mount.Under(OperatorEndpoint.Mirror), Mount.At("/shacache/update", segment: "update")));
        services.AddSingleton<IEndpoint>(provider => Create(provider, OperatorEndpoint.Store, Mount.Under(OperatorEndpoint.Store)));
    }

    /// <summary>Adds what is about upstreams.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="method">The only method.</param>
    /// <param name="path">The path below <c>/mirror</c>.</param>
    /// <param name="find">Finds what answers, in the feature's service.</param>
    /// <param name="hasOwnGate">Whether that decides by itself who may ask.</param>
    public static void AddOperation<T>(
        this IServiceCollection services, string method, string path, Func<T, Func<HttpContext, ValueTask>> find, bool hasOwnGate = false)
        where T : notnull =>
        services.AddSingleton(provider => new OperatorOperation(OperatorEndpoint.Mirror, method, path, find(provider.GetRequiredService<T>())) { HasOwnGate = hasOwnGate });

    /// <summary>Adds what is about upstreams and is off: callers that may ask are told so.</summary>
    public static void AddOperationOff(this IServiceCollection services, string method, string path, Problem problem) =>
        services.AddSingleton(new OperatorOperation(OperatorEndpoint.Mirror, method, path, context => UploadRefusal.WriteAsync(context, problem)));

    /// <summary>Adds what is about the stores of the server.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="method">The only method.</param>
    /// <param name="path">The path below <c>/store</c>.</param>
    /// <param name="find">Finds what answers, in the feature's service.</param>
    public static void AddStoreOperation<T>(this IServiceCollection services, string method, string path, Func<T, Func<HttpContext, ValueTask>> find)
        where T : notnull =>
        services.AddSingleton(provider => new OperatorOperation(OperatorEndpoint.Store, method, path, find(provider.GetRequiredService<T>())));

    private static OperatorEndpoint Create(IServiceProvider provider, string surface, params Mount[] mounts) => new(
        provider.GetServices<OperatorOperation>().Where(operation => operation.Surface == surface), provider.GetRequiredService<IOperatorGate>(), mounts);
}
