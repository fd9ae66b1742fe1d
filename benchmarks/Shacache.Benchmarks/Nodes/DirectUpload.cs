using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Xml.Linq;

namespace Shacache.Benchmarks.Nodes;

/// <summary>A multipart upload that goes to the gateway itself, as the clients of stores do them: parts of 8 MiB, four at a time.</summary>
internal static class DirectUpload
{
    private const int PartBytes = 8 << 20;
    private const int Parallel = 4;
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(3) };

    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> RunAsync(Presigner presigner, string key, string file, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        XElement begun = XElement.Parse(await SendAsync(HttpMethod.Post, presigner.Url("POST", key, "uploads="), null, cancellationToken));
        string id = begun.Elements().Single(element => element.Name.LocalName == "UploadId").Value;
        long lengthBytes = new FileInfo(file).Length;
        var tags = new string[(int)((lengthBytes + PartBytes - 1) / PartBytes)];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file);
        await System.Threading.Tasks.Parallel.ForAsync(0, tags.Length, options, async (number, token) =>
        {
            byte[] part = new byte[(int)Math.Min(PartBytes, lengthBytes - ((long)number * PartBytes))];
            await RandomAccess.ReadAsync(handle, part, (long)number * PartBytes, token);
            string parameters = string.Create(CultureInfo.InvariantCulture, $"partNumber={number + 1}&uploadId={Uri.EscapeDataString(id)}");
            using var request = new HttpRequestMessage(HttpMethod.Put, presigner.Url("PUT", key, parameters)) { Content = new ByteArrayContent(part) };
            using HttpResponseMessage answer = await Http.SendAsync(request, token);
            answer.EnsureSuccessStatusCode();
            tags[number] = answer.Headers.ETag!.Tag;
        });
        var list = new XElement("CompleteMultipartUpload", tags.Select((tag, i) => new XElement("Part", new XElement("PartNumber", i + 1), new XElement("ETag", tag))));
        await SendAsync(HttpMethod.Post, presigner.Url("POST", key, $"uploadId={Uri.EscapeDataString(id)}"), list.ToString(), cancellationToken);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Makes room.</summary>
    public static Task DeleteAsync(Presigner presigner, string key, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, presigner.Url("DELETE", key), null, cancellationToken);

    private static async Task<string> SendAsync(HttpMethod method, Uri url, string? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, url);
        if (body is not null)
            request.Content = new StringContent(body, new MediaTypeHeaderValue("application/xml"));
        using HttpResponseMessage answer = await Http.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }
}
