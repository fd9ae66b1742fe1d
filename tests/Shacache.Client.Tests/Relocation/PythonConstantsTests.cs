using System.Text;
using Shacache.Client.Relocation.Scanning;
using Shacache.Client.Tests.Archives;
using Shacache.Client.Tests.Elf;

namespace Shacache.Client.Tests.Relocation;

public sealed class PythonConstantsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TryFind_CompiledByPython_FindsEachTextAndNothingElse()
    {
        Toolchain.Require("python3");
        string longText = new('x', 300);
        File.WriteAllText(_folder["a.py"], $$"""
            "short"
            import os
            N = [1, -1, 10**40, 1.5, 2j, None, True, ..., b"bytes", (1, "in tuple"), {"in", "set"}]
            L = "{{longText}}"
            U = "ünïcode €"
            def f(a, *b, c="default", **d):
                g = lambda: a
                class C:
                    def m(self): return __class__, g
                return C
            """);
        await Programs.RunAsync("python3", "-c", $"import py_compile; py_compile.compile('{_folder["a.py"]}', cfile='{_folder["a.pyc"]}', doraise=True)");
        byte[] bytes = File.ReadAllBytes(_folder["a.pyc"]);

        IReadOnlyList<PythonConstant>? constants = PythonConstants.TryFind(bytes);

        Assert.NotNull(constants);
        string[] texts = [.. constants.Select(constant => Encoding.UTF8.GetString(bytes, constant.Text, constant.End - constant.Text))];
        Assert.Superset(new HashSet<string>(["short", "bytes", "in tuple", "in", "set", longText, "ünïcode €", "default", "<lambda>", _folder["a.py"]]), new HashSet<string>(texts));
        // Cut off anywhere, or with another byte anywhere: an answer, never an exception.
        for (int length = 0; length < bytes.Length; length++)
            Assert.Null(PythonConstants.TryFind(bytes[..length]));
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] changed = [.. bytes];
            changed[random.Next(4, bytes.Length)] = (byte)random.Next(256);
            _ = PythonConstants.TryFind(changed);
        }
    }
}
