using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Core.Upstreams;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Gateway;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Requests;

namespace Shacache.Http.Remotes.Administration;

/// <summary>What operators ask about remotes (docs/protocol.md, "Remotes").</summary>
internal sealed class RemoteOperations(RemoteTable remotes, RemoteProbe probe, RemoteForgetting forgetting, RemoteFetching fetching, ForgetOperation forgets)
{
    private const string SubjectName = "subject";
    private const int MaxLength = 8 * 1024;

    public ValueTask ListAsync(HttpContext context) => JsonAnswer.WriteAsync(
        context,
        StatusCodes.Status200OK,
        new RemoteListDocument([.. remotes.All.OrderBy(one => one.Remote.Name, StringComparer.Ordinal).Select(one => Describe(one.Remote))]),
        RemoteDocuments.Default.RemoteListDocument);

    public ValueTask CheckAsync(HttpContext context) => JsonAnswer.WriteSlowlyAsync(context, probe.RunAsync(context.RequestAborted), RemoteDocuments.Default.RemoteCheckDocument);

    public async ValueTask ForgetAsync(HttpContext context)
    {
        string subject = context.Request.Query[SubjectName].ToString();
        if (subject.Length is 0 or > MaxLength || subject.Any(char.IsControl))
            throw new RefusedException(Malformed($"The query has no {SubjectName}: a URL, or TYPE:NAME such as pypi:requests or npm:left-pad=1.3.0."));
        int count = await forgetting.ForgetAsync(subject, context.RequestAborted) ?? throw new RefusedException(Malformed(
            "The subject is neither a URL nor the name of a package: write TYPE:NAME or TYPE:NAME=VERSION, with the type of a remote of this server that has packages."));
        await forgets.RecordAsync(context, subject, count);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new ForgottenDocument(count), MirrorDocuments.Default.ForgottenDocument);
    }

    public async ValueTask FetchAsync(HttpContext context)
    {
        RemoteOrderDocument order = await BoundedBody.ReadJsonAsync(context, RemoteDocuments.Default.RemoteOrderDocument);
        RemoteSubject subject = await fetching.FindSubjectAsync(order, context.RequestAborted);
        await JsonAnswer.WriteSlowlyAsync(context, fetching.RunAsync(subject, order.Sign, context.RequestAborted), RemoteDocuments.Default.RemoteFetchDocument);
    }

    public static Problem Malformed(string line) => new(StatusCodes.Status400BadRequest, line);

    private static RemoteDocument Describe(Remote remote) =>
        new(remote.Name, RemoteTable.WordOf(remote.Options.Type), $"{RemoteEndpoint.Path}/{remote.Name}/", remote.Options.Urls, remote.Options.IsOffline);
}

/// <summary>Adds what operators ask.</summary>
internal static class RemoteOperationExtensions
{
    public static void AddRemoteOperations(this IServiceCollection services, IReadOnlyList<RemoteOptions> options)
    {
        if (options.Count == 0)
        {
            foreach ((string method, string path) in ((string, string)[])[("GET", "remotes"), ("POST", "remotes/check"), ("POST", "remotes/forget"), ("POST", "remotes/fetch")])
                services.AddOperationOff(method, path, RemoteProblems.Off);
            return;
        }

        services.AddSingleton<RemoteProbe>();
        services.AddSingleton<RemoteForgetting>();
        services.AddSingleton<RemoteFetching>();
        services.AddSingleton<RemoteOperations>();
        services.AddOperation<RemoteOperations>("GET", "remotes", remotes => remotes.ListAsync);
        services.AddOperation<RemoteOperations>("POST", "remotes/check", remotes => remotes.CheckAsync);
        services.AddOperation<RemoteOperations>("POST", "remotes/forget", remotes => remotes.ForgetAsync);
        services.AddOperation<RemoteOperations>("POST", "remotes/fetch", remotes => remotes.FetchAsync);
    }
}
