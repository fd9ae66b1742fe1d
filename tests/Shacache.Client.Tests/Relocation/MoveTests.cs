using System.Text;
using Shacache.Client.Errors;
using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Moving;
using Shacache.Client.Tests.Archives;
using Shacache.Client.Tests.Elf;

namespace Shacache.Client.Tests.Relocation;

/// <summary>A real release is moved, and runs from its new root with the old one gone.</summary>
public sealed class MoveTests : IDisposable
{
    private const int BuiltBytes = 100;

    private readonly MoveSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData(-20)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(60)]
    public async Task Move_ToAnotherRoot_RunsThere(int longer)
    {
        BuiltRelease release = BuiltRelease.Create(_site.RootOf(BuiltBytes), hasCompiledFolder: longer <= 0);
        PackedRelease packed = await _site.PackAsync(release.Folder);
        Directory.Move(release.Root, _site["gone"]);

        string moved = await MoveSite.MoveAsync(packed, RootOf(longer));

        Assert.Equal(longer <= 0 ? "from the library, from the data\n" : "from the library\n", Toolchain.Run(Path.Combine(moved, "bin/reader")));
        Assert.Equal($"{moved}: hello\n", Toolchain.Run(Path.Combine(moved, "bin/script"), "hello"));
        Assert.Equal($"{moved}: again\n", Toolchain.Run(Path.Combine(moved, "bin/absolute"), "again"));
        Assert.Equal(
            $"{moved}/share/data {moved}/share/data {moved}\n",
            Toolchain.Run("python3", "-c", $"import sys; sys.path.insert(0, '{moved}/lib/python'); import names, gone; print(names.f(), gone.f(), gone.OTHER.decode())"));
        Assert.Equal($"{{\"folder\": \"{moved.Replace("/", "\\/", StringComparison.Ordinal)}\\/share\"}}\n", File.ReadAllText(Path.Combine(moved, "etc/settings.json")));
        Assert.Equal($"folder = {moved}/share; ä", File.ReadAllText(Path.Combine(moved, "etc/wide.txt")));
        Assert.Equal(moved, File.ReadAllText(Path.Combine(moved, "etc/wide32.txt"), Encoding.UTF32));
        Assert.Equal($"prefix={moved}\nlibdir={moved}/lib\nLibs: -L{moved}/lib -ltext\n", File.ReadAllText(Path.Combine(moved, "lib/pkgconfig/text.pc")));
        Assert.Equal($"/srv/chroot{release.Folder} {release.Folder}-old {release.Root}/{new string('a', 32)}/bin {release.Root}\n", File.ReadAllText(Path.Combine(moved, "etc/other")));
    }

    [Theory]
    [InlineData(-20)]
    [InlineData(40)]
    public async Task Move_ToAnotherRoot_LeavesTheOldOneInNothingThatIsRead(int longer)
    {
        BuiltRelease release = BuiltRelease.Create(_site.RootOf(BuiltBytes), hasCompiledFolder: longer <= 0);
        PackedRelease packed = await _site.PackAsync(release.Folder);

        string moved = await MoveSite.MoveAsync(packed, RootOf(longer));

        byte[] old = Encoding.UTF8.GetBytes(release.Folder);
        string[] dead = [.. packed.Map.Files.Where(file => file.Traces.Any(trace => trace.Dead)).Select(file => file.Path), "etc/other"];
        Assert.All(
            Directory.GetFiles(moved, "*", SearchOption.AllDirectories).Where(path => File.ResolveLinkTarget(path, returnFinalTarget: false) is null),
            path =>
            {
                if (!dead.Contains(Path.GetRelativePath(moved, path)))
                    Assert.Equal(-1, File.ReadAllBytes(path).AsSpan().IndexOf(old));
            });
        Assert.Empty(Directory.GetFiles(Path.Combine(moved, "lib/python/__pycache__"), "names.*.pyc"));
        Assert.Single(Directory.GetFiles(Path.Combine(moved, "lib/python/__pycache__"), "kept.*.pyc"));
    }

    /// <summary>Modes, times, hard links, and all that names no path, are as they were.</summary>
    [Fact]
    public async Task Move_ToAnotherRoot_KeepsAllElse()
    {
        BuiltRelease release = BuiltRelease.Create(_site.RootOf(BuiltBytes));
        PackedRelease packed = await _site.PackAsync(release.Folder);

        string moved = await MoveSite.MoveAsync(packed, RootOf(-20));

        HashSet<string> changed = [.. packed.Map.Files.Select(file => "/" + file.Path), "/bin/second"];
        Assert.Equal(Except(TreeSnapshot.Read(release.Folder), changed), Except(TreeSnapshot.Read(moved), changed));
        // Of those that changed: kind, mode, time and names.
        Assert.Equal(Outside(release.Folder), Outside(moved));
    }

    [Theory]
    [InlineData(-20)]
    [InlineData(-1)]
    [InlineData(0)]
    public async Task Move_AwayAndBack_IsByteForByteWhatItWas(int longer)
    {
        BuiltRelease release = BuiltRelease.Create(_site.RootOf(BuiltBytes));
        PackedRelease packed = await _site.PackAsync(release.Folder);
        string moved = await MoveSite.MoveAsync(packed, RootOf(longer));
        PackedRelease again = await _site.PackAsync(moved);
        Directory.Move(release.Root, _site["original"]);

        string back = await MoveSite.MoveAsync(again, release.Root);

        // Compiled Python of a source that names the path is made again when it is used, and its list says so.
        static IEnumerable<string> Comparable(string folder) => TreeSnapshot.Read(folder).Where(line => !line.Contains("/names.", StringComparison.Ordinal));
        Assert.Equal(Comparable(Path.Combine(_site["original"], BuiltRelease.Md5)), Comparable(back));
    }

    [Fact]
    public async Task Move_ListOfAPythonDistribution_AgreesWithItsFiles()
    {
        BuiltRelease release = BuiltRelease.Create(_site.RootOf(BuiltBytes));
        PackedRelease packed = await _site.PackAsync(release.Folder);

        string moved = await MoveSite.MoveAsync(packed, RootOf(-20));

        string[] lines = File.ReadAllText(Path.Combine(moved, "lib/python/dist-1.0.dist-info/RECORD")).Split("\r\n");
        byte[] names = File.ReadAllBytes(Path.Combine(moved, "lib/python/names.py"));
        string hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(names)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        Assert.Equal($"names.py,sha256={hash},{names.Length}", lines[0]);
        Assert.StartsWith("kept.py,sha256=", lines[1], StringComparison.Ordinal);
        Assert.Equal("dist-1.0.dist-info/RECORD,,", lines[2]);
    }

    [Fact]
    public async Task Plan_LongerRootThanAProgramHasRoomFor_NamesTheFile()
    {
        BuiltRelease release = BuiltRelease.Create(_site.RootOf(BuiltBytes));
        PackedRelease packed = await _site.PackAsync(release.Folder);

        MovePlan plan = MoveSite.Plan(packed, RootOf(1));

        int room = BuiltBytes + 33;
        Assert.Equal(["bin/reader", "share/table"], plan.Refusals.Select(line => line.Split(':')[0]).Distinct());
        Assert.All(plan.Refusals, line => Assert.EndsWith($"has room for {room} bytes, the new one has {room + 1}", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Plan_RootWithAColon_IsRefusedOnlyForRunPaths()
    {
        BuiltRelease release = BuiltRelease.Create(_site.RootOf(BuiltBytes));
        PackedRelease packed = await _site.PackAsync(release.Folder);
        Assert.Equal(["bin/reader: a colon in the root would divide its run path"], MoveSite.Plan(packed, "/a:b").Refusals);
    }

    [Theory]
    [InlineData("python3", null, "ran with -B")]
    [InlineData("python3", "# -*- coding: utf-8 -*-", null)]
    [InlineData("tool", null, null)]
    public async Task Move_InterpreterLineBecomesTooLong_RunsOrIsRefused(string interpreter, string? second, string? output)
    {
        Toolchain.Require("python3");
        string root = _site.RootOf(BuiltBytes), folder = Path.Combine(root, BuiltRelease.Md5), script = Path.Combine(folder, "bin/script");
        Directory.CreateDirectory(Path.Combine(folder, "bin"));
        File.WriteAllText(script, $"#!{folder}/bin/{interpreter} -B\n{second}\nimport sys\nprint('ran with', '-B' * sys.flags.dont_write_bytecode, *sys.argv[1:])\n");
        string program = Toolchain.Run("python3", "-c", "import sys; print(sys.executable)").Trim();
        File.CreateSymbolicLink(Path.Combine(folder, "bin", interpreter), program);
        Toolchain.Run("chmod", "755", script);
        PackedRelease packed = await _site.PackAsync(folder);
        string wanted = _site.RootOf(300);

        if (output is null)
        {
            Assert.Contains("the kernel takes 255", Assert.Single(MoveSite.Plan(packed, wanted).Refusals), StringComparison.Ordinal);
            return;
        }

        string moved = await MoveSite.MoveAsync(packed, wanted);
        Assert.Equal($"{output} a b\n", Toolchain.Run(Path.Combine(moved, "bin/script"), "a", "b"));
    }

    [Fact]
    public async Task Move_ContentIsNotAsTheMapSays_IsRefusedAndLeavesNothing()
    {
        BuiltRelease release = BuiltRelease.Create(_site.RootOf(BuiltBytes));
        PackedRelease packed = await _site.PackAsync(release.Folder);
        foreach (string name in (string[])["bin/reader", "bin/script", "bin/absolute", "etc/wide.txt", "lib/python/gone.pyc"])
        {
            MappedFile file = Assert.Single(packed.Map.Files, file => file.Path == name);
            // One byte further.
            MappedFile wrong = file with { Traces = [.. file.Traces.Select(trace => trace with { At = trace.At + 1, Line = null, Constant = trace.Constant + 1 })], Size = file.Size + 1 };
            var map = packed.Map with { Files = [.. packed.Map.Files.Select(other => other == file ? wrong : other)] };

            var exception = await Assert.ThrowsAsync<ArchiveException>(() => MoveSite.MoveAsync(packed with { Map = map }, RootOf(-20)));

            Assert.Contains($"'{name}' is not as its relocation map says", exception.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(RootOf(-20)));
        }
    }

    [Fact]
    public async Task Plan_MapThatContradictsItself_IsRefused()
    {
        BuiltRelease release = BuiltRelease.Create(_site.RootOf(BuiltBytes));
        RelocationMap map = (await _site.PackAsync(release.Folder)).Map;
        MappedFile script = map.Files.First(file => file.Path == "share/functions");
        MappedTrace trace = script.Traces[0];
        foreach (MappedFile wrong in (MappedFile[])[script with { Traces = [trace, trace] }, script with { Size = 3 }, script with { Traces = [trace with { At = -1 }] }])
            Assert.Throws<FormatException>(() => new MovePlan(map with { Files = [wrong] }, map.Folder, "/x"));
        Assert.Throws<FormatException>(() => new MovePlan(map with { Files = [script, script] }, map.Folder, "/x"));
        Assert.Throws<FormatException>(() => new MovePlan(map, new string('b', 32), "/x"));
    }

    private string RootOf(int longer) => longer == 0 ? _site.RootOf(BuiltBytes)[..^1] + "y" : _site.RootOf(BuiltBytes + longer);

    private static IEnumerable<string> Except(IEnumerable<string> lines, HashSet<string> names) =>
        lines.Where(line => !names.Contains(line.Split(' ')[0]) && !line.Contains("/names.", StringComparison.Ordinal));

    /// <summary>Kind, mode and time of each name, and how many names its file has.</summary>
    private static string[] Outside(string folder) =>
        [.. Toolchain.Run("find", folder, "-printf", "%P %y %m %T@ %n\n").Split('\n').Where(line => !line.Contains("/names.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
