using System.IO.Compression;
using System.Text;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Tests.Relocation;

public sealed class DocumentTests
{
    private static readonly RelocationMap Map = new()
    {
        Root = "/opt/slapgrid",
        Folder = "0cc175b9c0f1b6a831c399e269772661",
        Files =
        [
            new MappedFile
            {
                Path = "bin/tool",
                Form = FileForm.Text,
                Size = 70,
                Traces = [new MappedTrace { At = 2, Length = 46, Use = TraceUse.Shebang, Change = TraceChange.Replace, Line = "#!/opt/slapgrid/0cc175b9c0f1b6a831c399e269772661/bin/sh" }],
            },
            new MappedFile
            {
                Path = "lib/%FF%25",
                Form = FileForm.Elf,
                Size = 1L << 40,
                Traces = [new MappedTrace { At = 3, Length = 46, Use = TraceUse.Debug, Change = TraceChange.Pad, Dead = true, Nul = true, As = "/opt//slapgrid", Encoding = TraceEncoding.Utf16LittleEndian, Why = "why" }],
            },
        ],
    };

    /// <summary>What is stored today must be readable for ever: members, words, and what is left out.</summary>
    [Fact]
    public void Write_Map_HasTheseMembers() => Assert.Equal(
        """
        {"version":1,"root":"/opt/slapgrid","folder":"0cc175b9c0f1b6a831c399e269772661","files":[{"path":"bin/tool","form":"text","size":70,"traces":[{"at":2,"length":46,"use":"shebang","change":"replace","line":"#!/opt/slapgrid/0cc175b9c0f1b6a831c399e269772661/bin/sh"}]},{"path":"lib/%FF%25","form":"elf","size":1099511627776,"traces":[{"at":3,"length":46,"use":"debug","dead":true,"nul":true,"change":"pad","as":"/opt//slapgrid","encoding":"utf-16le","why":"why"}]}]}
        """,
        Inflate(Write(Map)));

    [Fact]
    public void Write_Requirements_HasTheseMembersAndComesBack()
    {
        var requirements = new ReleaseRequirements
        {
            Machines = [new RequiredMachine("x86_64", 64, "little", 0, "bin/a")],
            Libc = "glibc",
            Libraries = [new RequiredItem("libc.so.6", "bin/a")],
            Versions = [new RequiredVersion("libc.so.6", "GLIBC_2.34", "bin/a"), new RequiredVersion("libc.so.6", "GLIBC_2.38", "bin/b", Weak: true)],
            Inside = [new FileNeeds("bin/a", ["libb.so.1"])],
            LongestRoot = 0,
        };
        using var stored = new MemoryStream();
        RelocationDocuments.Write(requirements, stored);

        Assert.Equal(
            """
            {"version":1,"machines":[{"machine":"x86_64","bits":64,"order":"little","flags":0,"file":"bin/a"}],"libc":"glibc","libraries":[{"name":"libc.so.6","file":"bin/a"}],"versions":[{"library":"libc.so.6","version":"GLIBC_2.34","file":"bin/a"},{"library":"libc.so.6","version":"GLIBC_2.38","file":"bin/b","weak":true}],"interpreters":[],"outside":[],"inside":[{"file":"bin/a","names":["libb.so.1"]}],"missing":[],"longest_root":0}
            """,
            Inflate(stored.ToArray()));
        stored.Position = 0;
        using var again = new MemoryStream();
        RelocationDocuments.Write(RelocationDocuments.ReadRequirements(stored), again);
        Assert.Equal(stored.ToArray(), again.ToArray());
    }

    [Fact]
    public void ReadMap_WhatWasWritten_ComesBack()
    {
        byte[] written = Write(Map);
        Assert.Equal(Write(RelocationDocuments.ReadMap(new MemoryStream(written))), written);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("null", "empty")]
    [InlineData("{", "malformed")]
    [InlineData("{\"version\":1,\"folder\":\"x\",\"files\":[]}", "malformed")]
    [InlineData("{\"version\":2,\"root\":\"/\",\"folder\":\"x\",\"files\":[]}", "version 2")]
    [InlineData("{\"version\":1,\"root\":\"/\",\"folder\":\"x\",\"files\":[{\"path\":\"a\",\"form\":\"novel\",\"traces\":[]}]}", "malformed")]
    public void ReadMap_SomethingElse_IsRefusedInALine(string json, string reason)
    {
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(json));
        stored.Position = 0;

        var exception = Assert.Throws<FormatException>(() => RelocationDocuments.ReadMap(stored));

        Assert.Contains(json.Length == 0 ? "malformed" : reason, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("61 2f c3 a9", "a/é")]
    [InlineData("25 41", "%25A")]
    [InlineData("ff 2f c3", "%FF/%C3")]
    [InlineData("f0 9f 98 80", "😀")]
    public void PathText_AnyBytes_ComeBack(string hex, string text)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(text, PathText.Encode(bytes));
        Assert.Equal(bytes, PathText.Decode(text));
    }

    [Theory]
    [InlineData("%")]
    [InlineData("a%4")]
    [InlineData("%zz")]
    public void Decode_HalfAnEscape_IsRefused(string text) => Assert.Throws<FormatException>(() => PathText.Decode(text));

    private static byte[] Write(RelocationMap map)
    {
        using var stored = new MemoryStream();
        RelocationDocuments.Write(map, stored);
        return stored.ToArray();
    }

    private static string Inflate(byte[] stored)
    {
        using var gzip = new GZipStream(new MemoryStream(stored), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        return reader.ReadToEnd();
    }
}
