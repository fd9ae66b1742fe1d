using System.Reflection;

namespace Shacache.Http.Tests.Accounts;

/// <summary>Stands before a store and counts what is asked of it.</summary>
public class CallCounter : DispatchProxy
{
    private object _inner = null!;
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    public static T Around<T>(T inner, out CallCounter counter)
        where T : class
    {
        T proxy = Create<T, CallCounter>();
        counter = (CallCounter)(object)proxy;
        counter._inner = inner;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Interlocked.Increment(ref _calls);
        return targetMethod!.Invoke(_inner, args);
    }
}
