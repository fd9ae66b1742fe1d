using System.Runtime.InteropServices;

namespace Shacache.Client.Tests.Archives;

/// <summary>Makes system calls of this process fail as they do on file systems that lack them (seccomp(2)). It cannot be undone, so it is for child processes only.</summary>
internal static partial class SystemCallFilter
{
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static readonly Dictionary<string, (int X64, int Arm64)> Numbers = new(StringComparer.Ordinal)
    {
        ["flock"] = (73, 32),
        ["fsync"] = (74, 82),
        ["fchmod"] = (91, 52),
        ["fchown"] = (93, 55),
        ["fchownat"] = (260, 54),
        ["unlinkat"] = (263, 35),
        ["linkat"] = (265, 37),
        ["utimensat"] = (280, 88),
        ["syncfs"] = (306, 267),
        ["renameat2"] = (316, 276),
        ["fsetxattr"] = (190, 7),
    };

    /// <param name="failures">Such as <c>flock=38 linkat=1</c>: names of calls, and the error of each.</param>
    public static unsafe void Install(string failures)
    {
        const int NoNewPrivileges = 38, SetFilter = 1, AllThreads = 1;
        const uint Allow = 0x7fff0000, Fail = 0x00050000;
        List<Instruction> program = [new(0x20, 0, 0, 0)];
        foreach (string failure in failures.Split(' '))
        {
            string[] parts = failure.Split('=');
            (int x64, int arm64) = Numbers[parts[0]];
            program.Add(new Instruction(0x15, 0, 1, (uint)(IsArm ? arm64 : x64)));
            program.Add(new Instruction(0x06, 0, 0, Fail | uint.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)));
        }

        program.Add(new Instruction(0x06, 0, 0, Allow));
        fixed (Instruction* first = program.ToArray())
        {
            var filter = new Program((ushort)program.Count, (nint)first);
            if (Control(NoNewPrivileges, 1, 0, 0, 0) != 0 || Call(IsArm ? 277 : 317, SetFilter, AllThreads, (nint)(&filter)) != 0)
                throw new InvalidOperationException($"seccomp: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint operation, nint flags, nint argument);

    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    private readonly record struct Program(ushort Length, nint Instructions);
}
