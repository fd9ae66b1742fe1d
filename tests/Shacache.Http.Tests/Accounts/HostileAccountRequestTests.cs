using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Shacache.Core.Accounts;

namespace Shacache.Http.Tests.Accounts;

/// <summary>Whatever is sent to the routes of accounts is answered, and never with a failure of the server.</summary>
public sealed class HostileAccountRequestTests
{
    private const int Requests = 600;

    private static readonly string[] Routes =
    [
        "GET /account", "POST /account/request", "POST /account/renew", "GET /account/certificate/*", "GET /admin/requests", "POST /admin/requests/*/approve",
        "POST /admin/requests/*/reject", "GET /admin/accounts", "GET /admin/accounts/*", "PUT /admin/accounts/*/rights", "POST /admin/accounts/*/revoke",
        "POST /admin/accounts/*/tokens", "POST /admin/tokens/*/revoke", "POST /admin/certificates/*/revoke", "GET /admin/log", "GET /*", "PUT /account/*", "DELETE /admin/*/*",
    ];

    private static readonly string[] Segments =
    [
        "build-1", "build-2", "", ".", "..", "%2e%2e", "%2F", "%00", "%", "%zz", "%C3%28", "build-1", "BUILD-1", "%27;drop%20table%20accounts;--", "(operator)", new string('a', 65),
        "{key}", new string('0', 64), new string('f', 128), "00:11", "%C3%A9", "a%20b",
    ];

    private static readonly string[] Queries =
        ["", "?", "?limit=1", "?limit=-1", "?limit=99999999999999999999", "?beyond=9223372036854775807", "?since=9999-12-31T23:59:59Z", "?since=0001-01-01", "?action=", "?x=%00", "?actor=%F0%28"];

    private static readonly string[] Bodies =
    [
        "", "{}", "null", "[]", "{\"days\": 0}", "{\"days\": 2147483647}", "{\"days\": -1}", "{\"days\": 1e9}", "{\"rights\": null}", "{\"rights\": {\"index\": null}}",
        "{\"name\": \"\"}", "{\"name\": \"\\u0000\"}", "{\"certificate\": \"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\"}", "{\"upload\": true, \"index\": [\"\"]}",
        "{\"bytesPerDay\": 9223372036854775807}", "{\"bytesPerDay\": 9223372036854775808}", "{\"index\": [" + "[[[[[[[[", "\ufeff{}", "\ud800",
        "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----", "-----BEGIN CERTIFICATE REQUEST-----",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task AnyRequest_OfTheOperator_IsAnsweredBelow500(int seed)
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using HttpClient client = site.NewOperator();
        using ECDsa own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string pem = AccountSite.RequestPem(own, "build-1");
        Assert.True(SigningRequest.TryParse(pem, out SigningRequest? pending, out _));
        string key = pending.KeyFingerprint.Value;
        Dictionary<int, int> found = [];
        var random = new Random(seed);
        for (int i = 0; i < Requests; i++)
        {
            string[] route = Pick(random, Routes).Split(' ');
            string path = string.Join('/', route[1].Split('/').Select(part => part == "*" ? Pick(random, Segments) : part)).Replace("{key}", key, StringComparison.Ordinal);

            // As it stands here, also where no client would send it so.
            var url = new Uri($"http://admin.invalid{path}{Pick(random, Queries)}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            using var request = new HttpRequestMessage(new HttpMethod(route[0]), url);
            if (request.Method != HttpMethod.Get)
                request.Content = new StringContent(Mutate(random, Pick(random, Bodies)), Encoding.UTF8, Pick(random, ["application/json", "application/json", "text/plain"]));

            using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

            found[(int)answer.StatusCode] = found.GetValueOrDefault((int)answer.StatusCode) + 1;
            if (i % 20 == 0)
                await client.PostAsync(new Uri("/account/request", UriKind.Relative), new StringContent(pem), TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode < HttpStatusCode.InternalServerError, $"{request.Method} {url}: {(int)answer.StatusCode}");
        }

        // It got as far as the changes themselves.
        Assert.All((int[])[200, 201, 400, 404], status => Assert.True(found.ContainsKey(status), $"No answer was {status}."));
        Assert.DoesNotContain(site.Server.Log.Lines, line => line.Level >= LogLevel.Error);
    }

    private static T Pick<T>(Random random, T[] choices) => choices[random.Next(choices.Length)];

    private static string Mutate(Random random, string body)
    {
        if (body.Length == 0 || random.Next(3) > 0)
            return body;
        int at = random.Next(body.Length);
        return body.Remove(at, 1).Insert(at, ((char)random.Next(1, 128)).ToString());
    }
}
