using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Http.Tests.Accounts;

/// <summary>Asks the routes of accounts, as its tests need it: <c>using static</c>.</summary>
internal static class AccountApi
{
    public static Uri Path(string path) => new(path, UriKind.Relative);

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static async Task<int> StatusAsync(HttpClient client, string method, string path, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Path(path)) { Content = body };
        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    public static async Task<T> AskAsync<T>(HttpClient client, string method, string path, int status, JsonTypeInfo<T> type, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Path(path)) { Content = body };
        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        return (await answer.Content.ReadFromJsonAsync(type, TestContext.Current.CancellationToken))!;
    }

    public static Task<ReceiptDocument> RequestAsync(HttpClient client, ECDsa key, string name) => AskAsync(
        client, "POST", "/account/request", 202, AccountDocuments.Default.ReceiptDocument, new StringContent(AccountSite.RequestPem(key, name)));
}
