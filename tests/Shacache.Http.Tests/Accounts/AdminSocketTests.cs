using System.Net.Sockets;
using System.Runtime.Versioning;
using Shacache.Http.Accounts;
using Shacache.Testing;

namespace Shacache.Http.Tests.Accounts;

[UnsupportedOSPlatform("windows")]
public sealed class AdminSocketTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Socket_OfARunningServer_IsOnlyItsOwners()
    {
        await using AccountSite site = await AccountSite.StartAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(site.Socket));
    }

    [Fact]
    public void Prepare_SocketThatADeadServerLeft_IsTakenAway()
    {
        string path = _folder[AdminSocket.FileName];
        Leave(path);
        Assert.True(File.Exists(path));

        Assert.Null(AdminSocket.Prepare(_folder.Path, out string prepared));

        Assert.Equal(path, prepared);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Prepare_SomethingElseOfItsName_StaysAndIsNamed()
    {
        File.WriteAllText(_folder[AdminSocket.FileName], "a file");

        Assert.Contains("is no socket; move it away", AdminSocket.Prepare(_folder.Path, out _), StringComparison.Ordinal);
        Assert.Equal("a file", File.ReadAllText(_folder[AdminSocket.FileName]));
    }

    [Fact]
    public void Prepare_PathLongerThanASocketsMayBe_SaysWhatToDo()
    {
        string deep = _folder[new string('d', 100)];
        Directory.CreateDirectory(deep);

        string? problem = AdminSocket.Prepare(deep, out _);

        Assert.Contains("a socket's may have 107; name a shorter data folder", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_FolderThatEverybodyMayWriteInto_IsRefused()
    {
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_111_111);

        Assert.Contains("chmod o-w", AdminSocket.Prepare(_folder.Path, out _), StringComparison.Ordinal);
    }

    /// <summary>A socket file without a listener, as a server that was killed leaves it.</summary>
    private void Leave(string path)
    {
        // Closed under another name: the framework takes away only the name that it bound.
        string bound = _folder["bound"];
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(bound));
            File.Move(bound, path);
        }
    }
}
