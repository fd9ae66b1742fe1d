using System.Text;
using Shacache.Client.Errors;

namespace Shacache.Client.Http;

/// <summary>The one line with which a server explains a refusal.</summary>
internal static class ErrorText
{
    private const int MaxBytes = 1024;

    /// <summary>Reads what comes of it; nothing when the connection breaks, since the status is known anyway.</summary>
    public static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[MaxBytes];
        int length = 0;
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            int read;
            while (length < MaxBytes && (read = await body.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false)) > 0)
                length += read;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
        }

        return OneLine.Of(Encoding.UTF8.GetString(buffer, 0, length));
    }
}
