using System.Diagnostics;
using System.Globalization;
using Features.Iceberg.Catalogs;
using Features.Iceberg.FaultHost;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Writers as processes of their own.</summary>
internal static class WriterProcesses
{
    private const int Killed = 137;

    /// <summary>What the table holds before the writers begin; enough snapshots that some can be expired at once.</summary>
    public static IReadOnlyList<WriterOperation> Preparations { get; } =
    [
        .. Enumerable.Range(0, 6).Select(i => new WriterOperation(
            $"first-{i}", WriterOperationKind.Append, [.. Enumerable.Range(0, 6).Select(k => new WriterRow(k < 2 ? -1 - ((2 * (i % 4)) + k) - (8 * (i / 4)) : (100_000 * (i + 1)) + k, k % 3, -i))], 0, 0)),
    ];

    /// <summary>Makes the table.</summary>
    public static async Task<Table> PrepareAsync(SqlCatalog catalog)
    {
        var properties = new Dictionary<string, string>
        {
            ["commit.retry.num-retries"] = "100",
            ["commit.retry.min-wait-ms"] = "1",
            ["commit.retry.max-wait-ms"] = "20",
            ["commit.status-check.min-wait-ms"] = "1",
            ["commit.manifest.min-count-to-merge"] = "4",
            ["write.metadata.previous-versions-max"] = "1000",
        };
        var spec = new PartitionSpec(0, [new(2, 1000, "part", Transform.Identity)]);
        var table = await catalog.CreateTableAsync(new TableIdentifier("ns", "t"), new TableCreation(WriterOperation.Columns, spec, SortOrder.Unsorted, properties), default);
        foreach (var operation in Preparations)
        {
            await operation.RunAsync(await catalog.LoadTableAsync(table.Identifier!, default), default);
        }

        return table;
    }

    /// <summary>Runs writers at once, the first of them with the fault; one that is killed is started again without it.</summary>
    public static async Task RunAsync(string folder, string place, int seed, int operations, FaultPoint fault, int writers)
    {
        var started = Enumerable.Range(0, writers).Select(w => Start(folder, place, w, seed, operations, w == 0 ? fault : FaultPoint.None)).ToList();
        await Task.WhenAll(started.Select(ReadyAsync));
        await Task.WhenAll(started.Select(async (process, writer) =>
        {
            var isKilled = writer == 0 && fault is not FaultPoint.None and < FaultPoint.LostAnswer;
            await EndAsync(process, isKilled ? Killed : 0);
            if (isKilled)
            {
                var again = Start(folder, place, writer, seed, operations, FaultPoint.None);
                await ReadyAsync(again);
                await EndAsync(again, 0);
            }
        }));
    }

    private static Process Start(string folder, string place, int writer, int seed, int operations, FaultPoint fault)
    {
        string[] arguments = [place, folder, .. new[] { writer, seed, operations }.Select(n => n.ToString(CultureInfo.InvariantCulture)), fault.ToString()];
        return Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Features.Iceberg.FaultHost.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    private static async Task ReadyAsync(Process process)
    {
        if (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) != "ready")
        {
            Assert.Fail(await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        }
    }

    private static async Task EndAsync(Process process, int exitCode)
    {
        await process.StandardInput.WriteLineAsync("go");
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == exitCode, $"a writer ended with {process.ExitCode}: {errors}");
        process.Dispose();
    }
}
