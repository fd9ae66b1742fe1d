using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;

namespace Shacache.Database.PostgreSql;

/// <summary>Where a database is: the URI of PostgreSQL's own programs, <c>postgresql://USER@HOST:PORT/NAME?sslmode=verify-full</c>.</summary>
/// <remarks>
/// PostgreSQL's documentation, "Connection URIs". Several hosts are separated by commas, each with its port; a host that begins with a slash is the folder of a Unix socket, written
/// with <c>%2F</c> or as the parameter <c>host</c>. With several hosts the one that takes changes is used, unless <c>target_session_attrs</c> says otherwise.
/// </remarks>
public sealed class PostgreSqlAddress
{
    /// <summary>How a URI begins.</summary>
    public const string Scheme = "postgresql://";

    private const string OtherScheme = "postgres://";

    private readonly Dictionary<string, string> _parameters;

    private PostgreSqlAddress(Dictionary<string, string> parameters) => _parameters = parameters;

    /// <summary>Whether the URI itself holds a password, which is fit for a file that only its owner reads, and for nothing else.</summary>
    public bool HasPassword => _parameters.ContainsKey("password");

    /// <summary>Whether a text is meant to be such a URI.</summary>
    public static bool IsOne(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || text.StartsWith(OtherScheme, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads a URI.</summary>
    /// <param name="text">The URI.</param>
    /// <param name="address">What it says.</param>
    /// <param name="problem">One line that says what is wrong with it; without the password.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out PostgreSqlAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        problem = null;
        if (!IsOne(text))
        {
            problem = $"A database is {Scheme}USER@HOST:PORT/NAME.";
            return false;
        }

        Dictionary<string, string> parameters = new(StringComparer.Ordinal);
        string rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        (rest, string query) = Split(rest, '?');
        (string authority, string name) = Split(rest, '/');
        (string user, string hosts) = authority.LastIndexOf('@') is >= 0 and var at ? (authority[..at], authority[(at + 1)..]) : ("", authority);
        (user, string password) = Split(user, ':');
        Put(parameters, "user", user);
        Put(parameters, "password", password);
        Put(parameters, "dbname", name);
        problem = PutHosts(parameters, hosts) ?? PutParameters(parameters, query) ?? FindProblem(parameters);
        address = problem is null ? new PostgreSqlAddress(parameters) : null;
        return problem is null;
    }

    /// <summary>The URI without a password.</summary>
    public override string ToString()
    {
        string user = _parameters.TryGetValue("user", out string? name) ? $"{Uri.EscapeDataString(name)}@" : "";
        string hosts = string.Join(',', Hosts().Select(host => host.Port is { } port ? $"{Show(host.Name)}:{port}" : Show(host.Name)));
        return $"{Scheme}{user}{hosts}/{Uri.EscapeDataString(_parameters.GetValueOrDefault("dbname", ""))}";

        static string Show(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : Uri.EscapeDataString(host);
    }

    /// <summary>As Npgsql takes it.</summary>
    internal NpgsqlConnectionStringBuilder ToConnectionString()
    {
        List<(string Name, string? Port)> hosts = Hosts();
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = string.Join(',', hosts.Select(host => host.Port is null ? host.Name : host.Name.Contains(':', StringComparison.Ordinal) ? $"[{host.Name}]:{host.Port}" : $"{host.Name}:{host.Port}")),
        };
        foreach ((string name, string value) in _parameters)
        {
            switch (name)
            {
                case "user":
                    builder.Username = value;
                    break;
                case "password":
                    builder.Password = value;
                    break;
                case "dbname":
                    builder.Database = value;
                    break;
                case "sslmode":
                    builder.SslMode = SslModeOf(value)!.Value;
                    break;
                case "sslrootcert":
                    builder.RootCertificate = value;
                    break;
                case "sslcert":
                    builder.SslCertificate = value;
                    break;
                case "sslkey":
                    builder.SslKey = value;
                    break;
                case "passfile":
                    builder.Passfile = value;
                    break;
                case "options":
                    builder.Options = value;
                    break;
                case "application_name":
                    builder.ApplicationName = value;
                    break;
                case "connect_timeout":
                    builder.Timeout = int.Parse(value, CultureInfo.InvariantCulture);
                    break;
                default:
                    break;
            }
        }

        return builder;
    }

    /// <summary>Whether every host is reached by TCP, and none by a Unix socket.</summary>
    internal bool IsRemote => Hosts().TrueForAll(host => !host.Name.StartsWith('/'));

    /// <summary>Which of several hosts is used.</summary>
    internal TargetSessionAttributes? Target => Hosts().Count == 1 && !_parameters.ContainsKey("target_session_attrs")
        ? null
        : TargetOf(_parameters.GetValueOrDefault("target_session_attrs", "read-write"));

    private static (string Before, string After) Split(string text, char separator) =>
        text.IndexOf(separator) is >= 0 and var at ? (text[..at], text[(at + 1)..]) : (text, "");

    private static void Put(Dictionary<string, string> parameters, string name, string value)
    {
        if (value.Length > 0)
            parameters[name] = Uri.UnescapeDataString(value);
    }

    private static string? PutHosts(Dictionary<string, string> parameters, string hosts)
    {
        List<string> names = [];
        List<string> ports = [];
        foreach (string one in hosts.Split(','))
        {
            // The colons of an address of IPv6 are in brackets.
            int end = one.StartsWith('[') ? one.IndexOf(']') + 1 : 0;
            if (one.StartsWith('[') && end == 0)
                return $"The host '{one}' has no closing bracket.";
            (string name, string port) = Split(one[end..], ':');
            names.Add(end > 0 ? one[1..(end - 1)] : Uri.UnescapeDataString(name));
            ports.Add(port);
        }

        if (names.Exists(name => name.Length > 0))
            parameters["host"] = string.Join(',', names);
        if (ports.Exists(port => port.Length > 0))
            parameters["port"] = string.Join(',', ports);
        return null;
    }

    private static string? PutParameters(Dictionary<string, string> parameters, string query)
    {
        string[] known =
        [
            "host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "options", "application_name", "connect_timeout",
            "target_session_attrs",
        ];
        foreach (string one in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            (string name, string value) = Split(one, '=');
            name = Uri.UnescapeDataString(name);
            if (!known.Contains(name))
                return $"The parameter '{name}' of a database is not known; the parameters are {string.Join(", ", known)}.";
            Put(parameters, name, value);
        }

        return null;
    }

    private static string? FindProblem(Dictionary<string, string> parameters)
    {
        if (parameters.TryGetValue("sslmode", out string? mode) && SslModeOf(mode) is null)
            return $"sslmode={mode} is not known: it is disable, allow, prefer, require, verify-ca or verify-full.";
        if (parameters.TryGetValue("target_session_attrs", out string? target) && TargetOf(target) is not (TargetSessionAttributes.Any or TargetSessionAttributes.ReadWrite or TargetSessionAttributes.Primary))
            return $"target_session_attrs={target} is no place for changes: it is read-write, primary or any.";
        if (parameters.TryGetValue("connect_timeout", out string? timeout) && (!int.TryParse(timeout, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) || seconds is < 1 or > 15))
            return $"connect_timeout={timeout} is not a number of seconds from 1 to 15.";
        foreach (string port in parameters.GetValueOrDefault("port", "").Split(','))
        {
            if (port.Length > 0 && (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) || number == 0))
                return $"'{port}' is not a port.";
        }

        int hosts = parameters.GetValueOrDefault("host", "").Split(',').Length;
        int ports = parameters.GetValueOrDefault("port", "").Split(',').Length;
        return ports > 1 && ports != hosts ? $"There are {hosts} hosts and {ports} ports." : null;
    }

    private static SslMode? SslModeOf(string text) => text switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => null,
    };

    private static TargetSessionAttributes? TargetOf(string text) => text switch
    {
        "any" => TargetSessionAttributes.Any,
        "read-write" => TargetSessionAttributes.ReadWrite,
        "primary" => TargetSessionAttributes.Primary,
        _ => null,
    };

    private List<(string Name, string? Port)> Hosts()
    {
        string[] names = _parameters.GetValueOrDefault("host", "localhost").Split(',');
        string[] ports = _parameters.GetValueOrDefault("port", "").Split(',');
        return [.. names.Select((name, place) => (name.Length == 0 ? "localhost" : name, ports.Length == 1 ? ports[0] : ports[place])).Select(
            pair => (pair.Item1, pair.Item2.Length == 0 ? null : pair.Item2))];
    }
}
