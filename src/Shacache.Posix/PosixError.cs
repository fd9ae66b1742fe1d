using System.Runtime.InteropServices;

namespace Shacache.Posix;

/// <summary>The error numbers of Linux (errno), and the exception for one.</summary>
internal static class PosixError
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int WouldBlock = 11;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int CrossDevice = 18;
    public const int NotAFolder = 20;
    public const int IsAFolder = 21;
    public const int Invalid = 22;
    public const int FileTooLarge = 27;
    public const int NoSpace = 28;
    public const int TooManyNames = 31;
    public const int OutOfRange = 34;
    public const int NameTooLong = 36;
    public const int NotImplemented = 38;
    public const int NotEmpty = 39;
    public const int TooManyLinks = 40;
    public const int NoData = 61;
    public const int Overflow = 75;
    public const int IllegalBytes = 84;
    public const int NotSupported = 95;
    public const int QuotaExceeded = 122;

    /// <summary>The error of the last call of this thread that sets one.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>The system's words for an error.</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>The failure of the last call as .NET's own methods would report it: the error number is the HResult.</summary>
    public static IOException LastException(string verb, string path)
    {
        int error = Last;
        return new IOException($"Cannot {verb} {path}: {Describe(error)}.", error);
    }
}
