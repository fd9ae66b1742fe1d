using System.Globalization;

namespace Shacache.Http.Tests.Accounts;

/// <summary>Who gets what status where, over real handshakes, by HTTP/1.1 and HTTP/2 alike, tokens as Bearer and as Basic alike.</summary>
public sealed class AccessMatrixTests(MatrixSite site) : IClassFixture<MatrixSite>
{
    // Certificates: none, self-signed, expired, not yet valid, revoked, of a revoked account, of another authority of the same name, of an account without rights,
    // of one that may upload and index file-…, of one that may administer. Tokens: not known, and as above. At last the operator on the socket.
    private const string Columns =
        "                                           | none self expd futr revk gone othr bare upld admn | unkn expd revk gone bare upld admn | sock";

    private const string Table =
        """
        GET  /shacache/{digest}                    | 200  200  200  200  200  200  200  200  200  200  | 200  200  200  200  200  200  200  | 200
        HEAD /shacache/{digest}                    | 200  200  200  200  200  200  200  200  200  200  | 200  200  200  200  200  200  200  | 200
        POST /shacache                             | 401  401  401  401  401  401  401  403  201  403  | 401  401  401  401  403  201  403  | 201
        POST /shacache/cache                       | 401  401  401  401  401  401  401  403  201  403  | 401  401  401  401  403  201  403  | 201
        PUT  /shacache/{digest}                    | 401  401  401  401  401  401  401  403  201  403  | 401  401  401  401  403  201  403  | 201
        GET  /shadir/file-listed                   | 200  200  200  200  200  200  200  200  200  200  | 200  200  200  200  200  200  200  | 200
        HEAD /shadir/file-listed                   | 200  200  200  200  200  200  200  200  200  200  | 200  200  200  200  200  200  200  | 200
        PUT  /shadir/file-put                      | 401  401  401  401  401  401  401  403  201  403  | 401  401  401  401  403  201  403  | 201
        PUT  /shacache/dir/file-put                | 401  401  401  401  401  401  401  403  201  403  | 401  401  401  401  403  201  403  | 201
        PUT  /shadir/elsewhere                     | 401  401  401  401  401  401  401  403  403  403  | 401  401  401  401  403  403  403  | 201
        PUT  /shadir/shacache-gateway:x            | 401  401  401  401  401  401  401  403  403  403  | 401  401  401  401  403  403  403  | 403
        GET  /                                     | 200  200  200  200  200  200  200  200  200  200  | 200  200  200  200  200  200  200  | 200
        GET  /healthz                              | 200  200  200  200  200  200  200  200  200  200  | 200  200  200  200  200  200  200  | 200
        GET  /livez                                | 200  200  200  200  200  200  200  200  200  200  | 200  200  200  200  200  200  200  | 200
        GET  /robots.txt                           | 200  200  200  200  200  200  200  200  200  200  | 200  200  200  200  200  200  200  | 200
        POST /healthz                              | 405  405  405  405  405  405  405  405  405  405  | 405  405  405  405  405  405  405  | 405
        POST /livez                                | 405  405  405  405  405  405  405  405  405  405  | 405  405  405  405  405  405  405  | 405
        GET  /nowhere                              | 404  404  404  404  404  404  404  404  404  404  | 404  404  404  404  404  404  404  | 404
        GET  /fetch/http/{origin}/file             | 200  200  200  200  200  200  200  200  200  200  | 200  200  200  200  200  200  200  | 200
        POST /fetch/http/{origin}/file             | 405  405  405  405  405  405  405  405  405  405  | 405  405  405  405  405  405  405  | 405
        POST /shacache/update                      | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        POST /mirror/update                        | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        GET  /mirror/keys                          | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        GET  /shadir/?prefix=                      | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        POST /mirror/pull/key?key=x                | 401  401  401  401  401  401  401  403  403  404  | 401  401  401  401  403  403  404  | 404
        POST /mirror/pull/object?sha512={digest}   | 401  401  401  401  401  401  401  403  403  404  | 401  401  401  401  403  403  404  | 404
        GET  /mirror/queue                         | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        GET  /store/savings                        | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        GET  /store/top                            | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        POST /mirror/queue/retry                   | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        POST /mirror/queue/drop                    | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        GET  /store/scrub                          | 401  401  401  401  401  401  401  403  403  404  | 401  401  401  401  403  403  404  | 404
        POST /store/scrub                          | 401  401  401  401  401  401  401  403  403  404  | 401  401  401  401  403  403  404  | 404
        POST /store/check                          | 401  401  401  401  401  401  401  403  403  404  | 401  401  401  401  403  403  404  | 404
        POST /store/backup?to=/x                   | 401  401  401  401  401  401  401  403  403  403  | 401  401  401  401  403  403  403  | 404
        POST /account/request                      | 202  202  202  202  202  202  202  202  202  202  | 202  202  202  202  202  202  202  | 202
        GET  /account/certificate/{key}            | 200  200  200  200  200  200  200  200  200  200  | 200  200  200  200  200  200  200  | 200
        GET  /account/certificate/{pending}        | 202  202  202  202  202  202  202  202  202  202  | 202  202  202  202  202  202  202  | 202
        GET  /account/certificate/{certificate}    | 404  404  404  404  404  404  404  404  404  404  | 404  404  404  404  404  404  404  | 404
        GET  /account                              | 401  401  401  401  401  401  401  200  200  200  | 401  401  401  401  200  200  200  | 200
        POST /account/renew                        | 401  401  401  401  401  401  401  200  200  200  | 401  401  401  401  403  403  403  | 403
        POST /account                              | 405  405  405  405  405  405  405  405  405  405  | 405  405  405  405  405  405  405  | 405
        GET  /admin                                | 401  401  401  401  401  401  401  403  403  404  | 401  401  401  401  403  403  404  | 404
        GET  /admin/nowhere                        | 401  401  401  401  401  401  401  403  403  404  | 401  401  401  401  403  403  404  | 404
        GET  /admin/requests                       | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        POST /admin/requests/{pending}/reject      | 401  401  401  401  401  401  401  403  403  204  | 401  401  401  401  403  403  204  | 204
        POST /admin/requests/{pending}/approve     | 401  401  401  401  401  401  401  403  403  201  | 401  401  401  401  403  403  201  | 201
        GET  /admin/accounts                       | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        GET  /admin/accounts/upload                | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        PUT  /admin/accounts/lost/rights           | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        POST /admin/accounts/lost/revoke           | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        POST /admin/accounts/bare/tokens           | 401  401  401  401  401  401  401  403  403  201  | 401  401  401  401  403  403  201  | 201
        POST /admin/accounts/lost/tokens           | 401  401  401  401  401  401  401  403  403  409  | 401  401  401  401  403  403  409  | 409
        POST /admin/tokens/{token}/revoke          | 401  401  401  401  401  401  401  403  403  204  | 401  401  401  401  403  403  204  | 204
        POST /admin/certificates/{certificate}/revoke | 401 401 401 401 401 401 401 403 403 204            | 401  401  401  401  403  403  204  | 204
        GET  /admin/log                            | 401  401  401  401  401  401  401  403  403  200  | 401  401  401  401  403  403  200  | 200
        DELETE /admin/accounts                     | 401  401  401  401  401  401  401  403  403  405  | 401  401  401  401  403  403  405  | 405
        """;

    public static TheoryData<string, string> Rows() => new(
        Table.Split('\n').Select(line => line.Split('|', 2)).Select(parts => (Squeeze(parts[0]), Squeeze(parts[1]))));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Request_OfEachCaller_GetsTheStatusOfTheTable(string request, string statuses)
    {
        string[] columns = [.. Squeeze(Columns.Split('|', 2)[1]).Split(" | ").SelectMany(Names)];
        (string method, string path) = request.Split(' ') is [var first, var second] ? (first, second) : throw new FormatException(request);
        List<string> found = [];
        foreach (string column in columns)
        {
            List<string> answers = [];
            foreach (HttpClient client in site.Callers[column])
                answers.Add(await AskAsync(method, path, client));
            found.Add(string.Join('/', answers.Distinct()));
        }

        string[] expected = statuses.Split([' ', '|'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Describe(columns, expected), Describe(columns, found));
    }

    private async Task<string> AskAsync(string method, string path, HttpClient client)
    {
        using HttpRequestMessage request = await site.PrepareAsync(method, path, client);
        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        int status = (int)answer.StatusCode;
        if (status >= 400)
            await ErrorLine.AssertAsync(answer, "");

        // 401 says what would do (RFC 9110, section 15.5.2).
        Assert.Equal(status == 401 ? ["Bearer", "Basic"] : [], answer.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
        return status.ToString(CultureInfo.InvariantCulture);
    }

    private static IEnumerable<string> Names(string group, int index) => group.Split(' ').Select(name => index == 1 ? $"T-{name}" : name);

    private static string Describe(IEnumerable<string> columns, IEnumerable<string> statuses) =>
        string.Join('\n', columns.Zip(statuses).Select(pair => $"{pair.First} {pair.Second}"));

    private static string Squeeze(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
