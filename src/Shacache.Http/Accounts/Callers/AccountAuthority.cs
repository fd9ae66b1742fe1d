using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shacache.Core.Accounts;
using Shacache.Core.Messages;
using Shacache.Http.Logging;

namespace Shacache.Http.Accounts.Callers;

/// <summary>The certificate authority of this server. Accounts are on as soon as its certificate is there, and stay so until the process ends.</summary>
/// <remarks>
/// The private key is read for each certificate that is issued, which is seldom, and not kept; it may be missing, when the operator issues
/// certificates elsewhere.
/// </remarks>
public sealed class AccountAuthority : IDisposable
{
    private readonly CertificateAuthorityFiles _files;
    private readonly TimeProvider _time;
    private volatile ClientCertificateJudge? _judge;
    private string? _refused;

    private AccountAuthority(CertificateAuthorityFiles files, TimeProvider time)
    {
        _files = files;
        _time = time;
        _judge = TryOpen();
    }

    /// <summary>Whether there are accounts.</summary>
    public bool IsOn => _judge is not null;

    /// <summary>Until when its certificate is valid; null when there are no accounts.</summary>
    internal DateTimeOffset? EndsAt => _judge?.AuthorityEndsAt;

    internal ClientCertificateJudge Judge => _judge ?? throw new InvalidOperationException("There is no authority.");

    /// <summary>Reads the certificate when it is there.</summary>
    /// <exception cref="AuthorityFileException">It is there, and cannot be used.</exception>
    public static AccountAuthority Open(CertificateAuthorityFiles files, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(time);
        return new AccountAuthority(files, time);
    }

    /// <summary>Logs that there are accounts, when there are, and what is wrong with the files without keeping the server from using them.</summary>
    public void Announce(ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(logger);
        if (!IsOn)
            return;
        Log.AccountsOn(logger, _files.CertificatePath);
        if (!OperatingSystem.IsWindows() && File.Exists(_files.KeyPath) && File.GetUnixFileMode(_files.KeyPath).HasFlag(UnixFileMode.OtherRead))
            Log.KeyReadableByOthers(logger, _files.KeyPath);
    }

    /// <summary>Looks whether the private key can be used, when it is here.</summary>
    /// <exception cref="AuthorityFileException">It cannot.</exception>
    public void CheckIssuer()
    {
        if (IsOn)
            OpenIssuer()?.Dispose();
    }

    /// <summary>Looks whether an authority was made meanwhile. What cannot be used is logged once, and accounts stay off.</summary>
    internal void Check(ILogger logger)
    {
        if (_judge is not null)
            return;
        try
        {
            _judge = TryOpen();
            if (_judge is not null)
                Log.AccountsOn(logger, _files.CertificatePath);
        }
        catch (Exception e)
        {
            // Whatever a broken file does to the cryptographic library: the next look may find it whole.
            if (e.Message != _refused)
                Log.AuthorityRefused(logger, e.Message);
            _refused = e.Message;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _judge?.Dispose();

    /// <summary>The authority with its private key, to be disposed of; null when the key is not here.</summary>
    /// <exception cref="AuthorityFileException">The key is here, and cannot be used.</exception>
    internal CertificateAuthority? OpenIssuer()
    {
        if (!File.Exists(_files.KeyPath))
            return null;
        try
        {
            return _files.Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or CryptographicException)
        {
            throw new AuthorityFileException($"'{_files.KeyPath}' cannot be used: {FileTrouble.Explain(e, _files.KeyPath)}", e);
        }
    }

    private ClientCertificateJudge? TryOpen()
    {
        if (!File.Exists(_files.CertificatePath))
            return null;
        try
        {
            return ClientCertificateJudge.FromPem(File.ReadAllText(_files.CertificatePath), _time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new AuthorityFileException($"'{_files.CertificatePath}' cannot be used: {FileTrouble.Explain(e, _files.CertificatePath)}", e);
        }
    }
}

/// <summary>The files of the certificate authority cannot be used. The message is one line that names the file.</summary>
public sealed class AuthorityFileException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Notices an authority that is made while the server runs, so that <c>account init</c> needs no restart. Ends once there is one.</summary>
public sealed class AuthorityWatch(AccountAuthority authority, TimeProvider time, ILogger<AuthorityWatch> logger) : BackgroundService
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (!authority.IsOn && await timer.WaitForNextTickAsync(stoppingToken))
                authority.Check(logger);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
