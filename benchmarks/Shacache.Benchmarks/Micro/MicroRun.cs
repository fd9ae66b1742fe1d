namespace Shacache.Benchmarks.Micro;

/// <summary>The benchmarks of single operations.</summary>
internal static class MicroRun
{
    public static async Task<int> RunAsync(string[] only, string folder, CancellationToken cancellationToken)
    {
        Console.WriteLine($"{"operation",-44}{"ns/op",16}{"min",16}{"max",16}{"B/op",14}");
        Console.WriteLine(new string('-', 106));
        async Task MeasureAsync(string name, Func<ValueTask> operation)
        {
            if (only.Length > 0 && !only.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                return;
            MicroResult result = await MicroTimer.RunAsync(name, operation, cancellationToken);
            Console.WriteLine(
                $"{result.Name,-44}{result.Nanoseconds,16:#,##0}{result.MinNanoseconds,16:#,##0}{result.MaxNanoseconds,16:#,##0}{result.AllocatedBytes,14:#,##0}");
        }

        try
        {
            foreach ((string name, Func<ValueTask> operation) in MicroOperations.Prepare())
                await MeasureAsync(name, operation);
            await foreach ((string name, Func<ValueTask> operation) in StoreOperations.PrepareAsync(folder, cancellationToken))
                await MeasureAsync(name, operation);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
