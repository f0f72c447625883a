using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Features.Core.Definitions;
using Features.Core.Registry;

namespace Features.Core.Online;

/// <summary>
/// The definitions in force and the plans made from them. They are looked at again once a second, beside the requests: a request sees definitions that were in force a second before, or, after a pause, when it came.
/// </summary>
internal sealed class OnlineDefinitions(IRegistry registry, TimeProvider clock) : IDisposable
{
    private const int MostPlans = 1_000;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Usable = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim loading = new(1, 1);
    private Loaded? current;

    public ValueTask<ReadPlan> PlanAsync(OnlineRequest request, CancellationToken cancellationToken)
    {
        var loaded = Volatile.Read(ref current);
        var age = loaded is null ? TimeSpan.MaxValue : clock.GetElapsedTime(Volatile.Read(ref loaded.At));
        if (age > Usable)
        {
            return new ValueTask<ReadPlan>(LoadedPlanAsync(request, cancellationToken));
        }

        if (age > Fresh && loading.Wait(0, CancellationToken.None))
        {
            _ = RefreshAsync();
        }

        return ValueTask.FromResult(loaded!.Plan(request));
    }

    public void Dispose() => loading.Dispose();

    private async Task<ReadPlan> LoadedPlanAsync(OnlineRequest request, CancellationToken cancellationToken)
    {
        await loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (current is not { } loaded || clock.GetElapsedTime(Volatile.Read(ref loaded.At)) > Usable)
            {
                await LoadAsync(cancellationToken).ConfigureAwait(false);
            }

            return current!.Plan(request);
        }
        finally
        {
            loading.Release();
        }
    }

    private async Task RefreshAsync()
    {
        try
        {
            await LoadAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (FeaturesException)
        {
            // What stands answers on; where it lasts, the next request that finds the definitions too old is told.
        }
        finally
        {
            loading.Release();
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var at = clock.GetTimestamp();
        var set = await registry.LoadAsync(cancellationToken).ConfigureAwait(false);
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', set.Definitions.Select(d => $"{d.Kind} {CanonicalJson.Of(d)}")))));
        if (current is { } same && same.Hash == hash)
        {
            Volatile.Write(ref same.At, at);
        }
        else
        {
            Volatile.Write(ref current, new Loaded(set, hash) { At = at });
        }
    }

    private sealed class Loaded(DefinitionSet set, string hash)
    {
        private readonly ConcurrentDictionary<RequestShape, ReadPlan> plans = [];

        public long At;

        public string Hash => hash;

        public ReadPlan Plan(OnlineRequest request)
        {
            var shape = new RequestShape(request);
            if (plans.TryGetValue(shape, out var known))
            {
                return known;
            }

            if (plans.Count >= MostPlans)
            {
                plans.Clear();
            }

            // The shape that is kept holds on to no rows.
            var plan = ReadPlan.Of(set, shape);
            return plans.GetOrAdd(new RequestShape(new OnlineRequest { Features = [.. request.Features], Service = request.Service, FullNames = request.FullNames, TrainingSet = request.TrainingSet, Entities = Empty }), plan);
        }

        private static readonly Dictionary<string, IReadOnlyList<FeatureValue>> Empty = [];
    }
}
