using System.Globalization;
using Features.Iceberg.Conformance;
using Features.Testing;

namespace Features.Iceberg.Fuzzing;

/// <summary>
/// Damaged inputs, made from sound ones by seeds that count upwards: every reader answers with its typed errors, within bounded memory, and never with rows that a checksum or count belies.
/// </summary>
public sealed class FuzzTests(FuzzTests.SeedFiles files) : IClassFixture<FuzzTests.SeedFiles>
{
    private const int MostFindings = 5;

    // Not a measure of speed: what has not ended by then never will.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Reader_OfDamagedBytes_AnswersWithTypedErrors(string name)
    {
        Assert.SkipWhen(files.Seeds is null, "the Iceberg fixtures are not here");
        var target = FuzzTargets.Find(name, files.Seeds!);
        Assert.NotEmpty(target.Seeds);
        var budget = TimeSpan.FromSeconds(Number("FEATURES_FUZZ_SECONDS") ?? (Fixtures.AreRequired ? 60 : 8)) / FuzzTargets.Names.Length;
        var (started, seed, findings) = (TimeProvider.System.GetTimestamp(), Number("FEATURES_FUZZ_SEED") ?? 1, new List<string>());
        var running = seed;
        var work = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await work.WaitAsync(budget + Patience, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            findings.Add(Finding(name, Volatile.Read(ref running), "it does not end"));
        }

        Assert.True(findings.Count == 0, string.Join("\n\n", findings));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{running - seed} cases of '{name}'"));

        void Run()
        {
            do
            {
                if (target.Run(running) is { } fault)
                {
                    findings.Add(Finding(name, running, fault));
                }

                Volatile.Write(ref running, running + 1);
            }
            while (TimeProvider.System.GetElapsedTime(started) < budget && findings.Count < MostFindings);
        }
    }

    private static string Finding(string name, int seed, string fault) => string.Create(
        CultureInfo.InvariantCulture,
        $"'{name}', seed {seed}: {fault}\nreplay: FEATURES_FUZZ_SEED={seed} FEATURES_FUZZ_SECONDS=0 dotnet run --project tests/Features.Iceberg.Tests -c Release -- -class \"*FuzzTests\"");

    private static int? Number(string variable) => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    public sealed class SeedFiles : IAsyncLifetime
    {
        internal FuzzSeeds? Seeds { get; private set; }

        public async ValueTask InitializeAsync() => Seeds = FixtureTable.Missing is null ? await FuzzSeeds.ReadAsync() : null;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
