using Shacache.Benchmarks.Load;

namespace Shacache.Benchmarks.Servers;

/// <summary>The yardstick: nginx, tuned for static files, two workers, and PUT into a folder.</summary>
internal sealed class Nginx : ServerProcess
{
    private const string Binary = "/usr/sbin/nginx";

    private readonly string _root;

    private Nginx(int port, string folder)
        : base(port, Path.Combine(folder, "output.log"), Binary, "-p", folder, "-c", "nginx.conf", "-e", "error.log")
    {
        _root = Path.Combine(folder, "www");
    }

    public static bool IsInstalled => File.Exists(Binary);

    /// <summary>The file that is served under a path: below <c>/shacache/</c>, <c>/shadir/</c>, <c>/put/</c>, or <c>/index/</c> as JSON.</summary>
    public string PathOf(string path) => Path.Join(_root, path);

    /// <summary>Starts it in a folder of its own.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="mebibytesPerSecond">What one connection gets of a file; 0 for as much as it takes.</param>
    /// <param name="certificate">PEM file with certificate and key, for HTTPS beside HTTP: TLS 1.3, each handshake a whole one.</param>
    public static Nginx Start(string folder, CancellationToken cancellationToken, int mebibytesPerSecond = 0, string? certificate = null)
    {
        foreach (string name in (string[])["www/shacache", "www/shadir", "www/put", "tmp"])
            Directory.CreateDirectory(Path.Combine(folder, name));
        int port = FindFreePort();
        int tlsPort = certificate is null ? 0 : FindFreePort();
        string tls = certificate is null ? "" :
            $"""
            listen 127.0.0.1:{tlsPort} ssl backlog=4096 reuseport;
            ssl_certificate {certificate};
            ssl_certificate_key {certificate};
            ssl_protocols TLSv1.3;
            """;
        File.WriteAllText(Path.Combine(folder, "nginx.conf"), Configuration(port, mebibytesPerSecond, tls));
        var server = new Nginx(port, folder) { TlsPort = tlsPort };
        server.WaitUntilAnswering("/", cancellationToken);
        return server;
    }

    // client_body_temp_path is on the file system of put/, so that a PUT ends in a rename. reuseport spreads connections evenly.
    private static string Configuration(int port, int mebibytesPerSecond, string tls) => $$"""
        daemon off;
        {{(LibC.GetEffectiveUserId() == 0 ? "user root;" : "")}}
        worker_processes 2;
        worker_rlimit_nofile {{OpenFileLimit.Current}};
        pid nginx.pid;
        error_log error.log error;
        events { worker_connections 4096; }
        http {
          access_log off;
          sendfile on;
          limit_rate {{mebibytesPerSecond}}m;
          tcp_nopush on;
          tcp_nodelay on;
          open_file_cache max={{Math.Min(40_000, OpenFileLimit.Current / 2)}} inactive=1h;
          open_file_cache_valid 1h;
          keepalive_timeout 1h;
          keepalive_requests 1000000000;
          types { }
          default_type application/octet-stream;
          client_body_temp_path tmp;
          proxy_temp_path tmp;
          fastcgi_temp_path tmp;
          uwsgi_temp_path tmp;
          scgi_temp_path tmp;
          client_max_body_size 0;
          client_body_buffer_size 16k;
          server {
            listen 127.0.0.1:{{port}} backlog=4096 reuseport;
            {{tls}}
            root www;
            location /put/ { dav_methods PUT; }
            location /index/ { default_type application/json; }
          }
        }
        """;
}
