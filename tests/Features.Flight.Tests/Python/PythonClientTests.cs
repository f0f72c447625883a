using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Features.Flight.Cache;
using Features.Ordering;
using Features.Testing;

namespace Features.Flight.Tests.Python;

/// <summary>
/// The Python client (<c>python/features_client</c>) reads from the service: orders as the specification gives them, states that resume in other worlds,
/// loader workers, tensors. It speaks through pyarrow where that is installed, and else through its tests' own small Flight client over grpcio.
/// </summary>
public class PythonClientTests
{
    private const int Rows = 10_007;

    // A version manager's python3 often comes first and lacks what the system's has.
    private static readonly string[] Interpreters = ["python3", "/usr/bin/python3"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PythonClient_AgainstThisService_ReadsOrdersStatesAndTensors()
    {
        var python = await FindAsync();
        Assert.SkipWhen(python is null && !Fixtures.AreRequired, "no python3 with pytest, numpy and grpc or pyarrow");
        Assert.True(python is not null, "no python3 with pytest, numpy and grpc or pyarrow; eng/test.sh installs them");

        await using var host = await FlightHost.StartAsync(new MemorySource().Add("numbers", Rows, roles: new Dictionary<string, ColumnRole> { ["x"] = ColumnRole.Feature }));
        var shape = new Grouping(Block: 100, GroupBlocks: 7, Lanes: 3);
        var global = new Order("sha256:numbers", Rows, OrderMode.Global, Seed: 11);
        var said = JsonSerializer.Serialize(new
        {
            location = $"grpc://{host.Address.Authority}",
            seed = 11,
            epoch = 2,
            global = Epoch(global),
            grouping = new { block = shape.Block, group_blocks = shape.GroupBlocks, lanes = shape.Lanes },
            grouped = Epoch(global with { Mode = OrderMode.Grouped, Grouping = shape }),
        });
        var (exitCode, output) = await RunAsync(python, said, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_real_service.py");

        Assert.True(exitCode == 0, output);
        Assert.Matches("[1-9][0-9]* passed", output);
        Assert.DoesNotContain("skipped", output, StringComparison.Ordinal);
    }

    private static long[] Epoch(Order order)
    {
        var samples = new long[order.Rows];
        order.InEpoch(2).Fill(0, samples);
        return samples;
    }

    private static async Task<string?> FindAsync()
    {
        foreach (var interpreter in Interpreters)
        {
            foreach (var transport in new[] { "pyarrow.flight", "grpc" })
            {
                if ((await RunAsync(interpreter, null, "-c", $"import pytest, numpy, {transport}")).ExitCode == 0)
                {
                    return interpreter;
                }
            }
        }

        return null;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string interpreter, string? service, params string[] arguments)
    {
        var start = new ProcessStartInfo(interpreter, arguments)
        {
            WorkingDirectory = Path.Combine(Fixtures.Repository, "python", "features_client"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1", ["FEATURES_TEST_SERVICE"] = service },
        };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync(Token);
            var output = await process.StandardOutput.ReadToEndAsync(Token);
            await process.WaitForExitAsync(Token);
            return (process.ExitCode, output + await errors);
        }
        catch (Win32Exception)
        {
            return (-1, $"{interpreter} is not installed");
        }
    }
}
