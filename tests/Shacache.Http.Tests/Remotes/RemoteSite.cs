using Microsoft.Extensions.DependencyInjection;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Tests.Remotes;

/// <summary>Servers with one remote, whose origin is a server of the test.</summary>
internal static class RemoteSite
{
    public const string Json = "application/vnd.pypi.simple.v1+json";

    /// <summary>Starts one.</summary>
    /// <param name="type">What its remote is; that is its name as well.</param>
    /// <param name="url">Where its origin is.</param>
    /// <param name="change">What else the remote is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="gateway">How origins are asked.</param>
    /// <param name="publicUrl">How the operator calls the server.</param>
    public static Task<TestServer> StartAsync(
        RemoteType type, string url, Action<RemoteOptions>? change = null, TimeProvider? time = null, GatewayOptions? gateway = null, string? publicUrl = null)
    {
        var remote = new RemoteOptions { Name = type.ToString().ToLowerInvariant(), Type = type, Urls = [url] };
        change?.Invoke(remote);
        gateway ??= new GatewayOptions();
        gateway.AllowPrivateAddresses = true;
        return TestServer.StartAsync(
            new CacheServerOptions { Gateway = gateway, Remotes = [remote], PublicUrl = publicUrl }, services: services => services.AddSingleton(time ?? TimeProvider.System));
    }

    /// <summary>Asks.</summary>
    /// <returns>The answer and its body.</returns>
    public static async Task<(HttpResponseMessage Answer, string Text)> GetAsync(TestServer server, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.RelativeOrAbsolute));
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public static string CacheStatus(HttpResponseMessage answer) => answer.Headers.TryGetValues("X-Cache", out IEnumerable<string>? values) ? values.Single() : "";
}
