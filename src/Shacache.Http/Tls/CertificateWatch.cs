using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Shacache.Http.Tls;

/// <summary>Looks every two seconds whether the certificate's files have changed, and has them read anew.</summary>
/// <remarks>
/// By reading them, which is some KiB: a notification of the file system follows no symbolic link and gets lost on network
/// file systems, and a modification time may stay the same.
/// </remarks>
public sealed class CertificateWatch(ServerCertificate certificate, TimeProvider time, ILogger<CertificateWatch> logger) : BackgroundService
{
    /// <summary>Time between two looks; a change takes two of them.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Check();
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void Check()
    {
        try
        {
            certificate.Check(logger);
        }
        catch (Exception e)
        {
            // Whatever a broken file does to the cryptographic library, the old certificate stays and the watch goes on.
            Log.CertificateRefused(logger, e.Message.ReplaceLineEndings(" "));
        }
    }
}
