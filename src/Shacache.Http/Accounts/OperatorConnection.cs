namespace Shacache.Http.Accounts;

/// <summary>Marks connections that came through the socket in the data folder.</summary>
internal sealed class OperatorConnection
{
    public static readonly OperatorConnection Mark = new();
}
