using System.Runtime.Intrinsics.X86;

namespace Shacache.Client.Elf.Loading;

/// <summary>The x86-64 level of the processor that this runs on (x86-64 psABI, "Micro-architecture levels").</summary>
/// <remarks>One instruction set of each that came together is asked; the runtime asks the processor and whether the kernel keeps its registers.</remarks>
internal static class ProcessorLevel
{
    /// <summary>From 1 to 4; 0 on other processors.</summary>
    public static int OfThisMachine =>
        !X86Base.X64.IsSupported ? 0
        : !(Sse42.IsSupported && Ssse3.IsSupported && Popcnt.IsSupported) ? 1
        : !(Avx2.IsSupported && Bmi1.IsSupported && Bmi2.IsSupported && Fma.IsSupported && Lzcnt.IsSupported) ? 2
        : !(Avx512F.IsSupported && Avx512BW.VL.IsSupported && Avx512CD.VL.IsSupported && Avx512DQ.VL.IsSupported) ? 3
        : 4;
}
