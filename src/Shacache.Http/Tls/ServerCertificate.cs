using System.Net.Security;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shacache.Http.Logging;

namespace Shacache.Http.Tls;

/// <summary>The certificate that new connections are given. Connections that run keep the one they began with.</summary>
public sealed class ServerCertificate
{
    private readonly CertificateFiles _files;
    private readonly TimeProvider _time;
    private readonly Lock _reloading = new();
    private volatile LoadedCertificate _current;
    private string? _refused;
    private string? _unsettled;

    private ServerCertificate(CertificateFiles files, TimeProvider time)
    {
        _files = files;
        _time = time;
        _current = LoadedCertificate.Parse(CertificateText.Read(files), files);
    }

    internal SslStreamCertificateContext Context => _current.Context;

    /// <summary>Until when it is valid.</summary>
    internal DateTimeOffset EndsAt => new(_current.Certificate.NotAfter.ToUniversalTime());

    /// <summary>Reads the files.</summary>
    /// <exception cref="CertificateFileException">They cannot be used.</exception>
    public static ServerCertificate Load(CertificateFiles files, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(time);
        return new ServerCertificate(files, time);
    }

    /// <summary>Logs which certificate is used, and what is wrong with it without keeping the server from using it.</summary>
    public void Announce(ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(logger);
        LoadedCertificate current = _current;
        DateTime notBefore = current.Certificate.NotBefore.ToUniversalTime();
        DateTime notAfter = current.Certificate.NotAfter.ToUniversalTime();
        Log.CertificateUsed(logger, _files.CertificatePath, current.Certificate.Subject, notAfter);
        DateTime now = _time.GetUtcNow().UtcDateTime;
        if (now > notAfter)
            Log.CertificateExpired(logger, _files.CertificatePath, notAfter);
        else if (now < notBefore)
            Log.CertificateNotYetValid(logger, _files.CertificatePath, notBefore);
        if (current.IsKeyReadableByOthers)
            Log.KeyReadableByOthers(logger, _files.KeyPath ?? _files.CertificatePath);
    }

    /// <summary>Reads the files now, as the operator asked. What cannot be used is logged, and the old certificate stays.</summary>
    public void Reload(ILogger logger)
    {
        lock (_reloading)
        {
            try
            {
                Use(CertificateText.Read(_files), logger);
            }
            catch (CertificateFileException e)
            {
                Log.CertificateRefused(logger, e.Message);
            }
        }
    }

    /// <summary>Looks for a change. It is used at the second look that finds it, and what cannot be used is logged once.</summary>
    /// <remarks>Two files are never replaced at one instant: between the two steps they do not match, which is no fault.</remarks>
    internal void Check(ILogger logger)
    {
        lock (_reloading)
        {
            CertificateText? text = null;
            string found;
            CertificateFileException? problem = null;
            try
            {
                text = CertificateText.Read(_files);
                found = text.Hash;
            }
            catch (CertificateFileException e)
            {
                problem = e;
                found = e.Message;
            }

            bool isSettled = found == _unsettled;
            _unsettled = found;
            if (found == _current.Hash)
                _refused = null;
            if (found == _current.Hash || found == _refused || !isSettled)
                return;
            try
            {
                Use(text ?? throw problem!, logger);
            }
            catch (CertificateFileException e)
            {
                _refused = found;
                Log.CertificateRefused(logger, e.Message);
            }
        }
    }

    private void Use(CertificateText text, ILogger logger)
    {
        _current = LoadedCertificate.Parse(text, _files);
        _refused = null;
        Announce(logger);
    }
}

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
