using Microsoft.AspNetCore.Http;
using Shacache.Http.Answers;

namespace Shacache.Http.Routing;

/// <summary>Finds the operation of a request by the path below its endpoint, and by its method.</summary>
internal sealed class Operations(IEnumerable<Operation> operations)
{
    private readonly (string[] Segments, Operation Operation)[] _all = [.. operations.Select(one => (Split(one.Pattern), one))];

    /// <summary>Answers a request, with 404 or 405 when there is no such operation.</summary>
    public ValueTask HandleAsync(HttpContext context, in Route route)
    {
        // No segment needs an escape; one that has it is decoded, once.
        string[] segments = [.. Split(route.Segment.ToString()).Select(Uri.UnescapeDataString)];
        (string[] Pattern, Operation Operation)[] found = Array.FindAll(_all, one => Matches(one.Segments, segments));
        if (found.Length == 0)
            return UploadRefusal.WriteAsync(context, ErrorMapping.UnknownPath);
        foreach ((string[] pattern, Operation operation) in found)
        {
            if (operation.Method == context.Request.Method)
                return operation.HandleAsync(context, [.. segments.Where((_, i) => pattern[i] == "*")]);
        }

        return UploadRefusal.WriteMethodUnknownAsync(context, string.Join(", ", found.Select(one => one.Operation.Method)));
    }

    private static string[] Split(string path) => path.Length == 0 ? [] : path.Split('/');

    private static bool Matches(string[] pattern, string[] segments) =>
        pattern.Length == segments.Length && pattern.Zip(segments).All(pair => pair.First == "*" || pair.First == pair.Second);
}

/// <summary>Something that a client may ask for below the path of an endpoint.</summary>
/// <param name="Method">The only method.</param>
/// <param name="Pattern">Its path below the endpoint's, such as <c>requests/*/approve</c>: <c>*</c> stands for any segment, which is an argument.</param>
/// <param name="HandleAsync">Answers; is given the arguments in their order.</param>
internal sealed record Operation(string Method, string Pattern, Func<HttpContext, string[], ValueTask> HandleAsync);
