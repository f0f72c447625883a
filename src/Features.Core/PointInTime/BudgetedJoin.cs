using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.PointInTime.Kernel;
using Features.Core.PointInTime.Spill;

namespace Features.Core.PointInTime;

/// <summary>Joins one use of a view within a budget of memory: whole, or, once its rows outgrow the budget, in parts by keys. The parts change nothing in the result.</summary>
internal sealed class BudgetedJoin(
    IReadOnlyList<SelectedFeature> features, IReadOnlyList<IArrowType> types, ViewPlan plan, SourceReader reader, SpineIndex spine, SpineKeys keys, SpillFolder folder, long budget)
{
    private const int FewestBuckets = 8, MostBuckets = 256;

    // Beside its own columns a row takes 12 bytes while latest values are found, and a window's scratch is as large as the largest key.
    private const long RowBytes = 16;

    private long ResultBytes => plan.Features.Count(f => f.Aggregate is not null) * 9L + (plan.HasLatest ? 4 : 0);

    /// <summary>What the rows may take before they are written to files.</summary>
    private long RoomBytes => (budget - (spine.Moments.Length * ResultBytes)) / 2;

    public async Task<JoinedView> RunAsync(CancellationToken cancellationToken)
    {
        var rows = reader.NewRows();
        SourceBuckets? buckets = null;
        try
        {
            await reader.ReadAsync(
                rows,
                () =>
                {
                    if (rows.Bytes + (rows.Count * RowBytes) > (buckets is null ? RoomBytes : Math.Max(RoomBytes, budget / 8)))
                    {
                        (buckets ??= new SourceBuckets(folder, rows, BucketCount)).Write(rows);
                    }
                },
                cancellationToken).ConfigureAwait(false);
            return buckets is null
                ? await WholeAsync(rows, cancellationToken).ConfigureAwait(false)
                : await InPartsAsync(rows, buckets, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            buckets?.Dispose();
        }
    }

    /// <summary>So many that a part of the result takes an eighth of the budget at most.</summary>
    private int BucketCount => (int)Math.Clamp(spine.Moments.Length * ResultBytes * 8 / Math.Max(1, budget), FewestBuckets * 4, MostBuckets);

    private async Task<JoinedView> WholeAsync(SourceRows rows, CancellationToken cancellationToken)
    {
        var ties = new TiedMoments();
        var results = await FindAsync(rows, keys.Groups, spine.Moments, spine.HasMoment, ties, cancellationToken).ConfigureAwait(false);
        if (results is null)
        {
            Remove(rows, ties);
            await reader.ReadTiesAsync(ties, rows, () => { }, cancellationToken).ConfigureAwait(false);
            results = await FindAsync(rows, keys.Groups, spine.Moments, spine.HasMoment, ties, cancellationToken).ConfigureAwait(false);
        }

        return new HeldView(features, Columns(rows, Resolved(results)), rows.Bytes + (spine.Moments.Length * ResultBytes));
    }

    private async Task<JoinedView> InPartsAsync(SourceRows rows, SourceBuckets buckets, CancellationToken cancellationToken)
    {
        buckets.Write(rows);
        buckets.Complete();
        var view = new SpilledView(folder, features, types);
        try
        {
            var (tied, ties) = (new List<int>(), new TiedMoments());
            for (var bucket = 0; bucket < buckets.Count; bucket++)
            {
                buckets.Read(bucket, rows);
                var part = new TiedMoments();
                if (!await WriteAsync(view, rows, BucketSpine.Of(spine, keys, bucket, buckets.Count), part, cancellationToken).ConfigureAwait(false))
                {
                    tied.Add(bucket);
                    ties.AddAll(part, key => (key * buckets.Count) + bucket);
                }

                rows.Clear();
            }

            if (tied.Count > 0)
            {
                await ResolveAsync(view, rows, buckets, tied, ties, cancellationToken).ConfigureAwait(false);
            }

            return view;
        }
        catch
        {
            view.Dispose();
            throw;
        }
    }

    /// <summary>Joins the buckets in which rows are tied, with these rows in their order.</summary>
    private async Task ResolveAsync(SpilledView view, SourceRows rows, SourceBuckets buckets, List<int> tied, TiedMoments ties, CancellationToken cancellationToken)
    {
        using var ordered = new SourceBuckets(folder, rows, buckets.Count);
        await reader.ReadTiesAsync(
            ties,
            rows,
            () =>
            {
                if (rows.Bytes > budget / 8)
                {
                    ordered.Write(rows);
                }
            },
            cancellationToken).ConfigureAwait(false);
        ordered.Write(rows);
        ordered.Complete();
        foreach (var bucket in tied)
        {
            buckets.Read(bucket, rows);
            var part = new TiedMoments();
            part.AddAll(ties, key => key % buckets.Count == bucket ? key / buckets.Count : null);
            Remove(rows, part);
            ordered.Read(bucket, rows);
            if (!await WriteAsync(view, rows, BucketSpine.Of(spine, keys, bucket, buckets.Count), part, cancellationToken).ConfigureAwait(false))
            {
                Resolved(null);
            }

            rows.Clear();
        }
    }

    private async Task<bool> WriteAsync(SpilledView view, SourceRows rows, BucketSpine part, TiedMoments ties, CancellationToken cancellationToken)
    {
        if (await FindAsync(rows, part.Keys, part.Moments, part.HasMoment, ties, cancellationToken).ConfigureAwait(false) is not { } results)
        {
            return false;
        }

        view.Write(part.Rows, Columns(rows, results));
        return true;
    }

    private Task<IReadOnlyList<FeatureResult>?> FindAsync(SourceRows rows, KeyGroups groups, long[] moments, bool[]? hasMoment, TiedMoments ties, CancellationToken cancellationToken)
    {
        rows.Texts = reader.SortTexts();
        return Task.Run(() => ViewJoin.Join(rows, plan, groups, moments, hasMoment, ties, cancellationToken), cancellationToken);
    }

    /// <summary>Takes tied rows out; they come again, in their order.</summary>
    private static void Remove(SourceRows rows, TiedMoments ties)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            if (rows.Keys[row] >= 0 && ties.Contains(rows.Keys[row], rows.Events[row], rows.AvailableOf(row)))
            {
                rows.Keys[row] = KeyReader.None;
            }
        }

        rows.Ordered = rows.Count;
    }

    private IReadOnlyList<JoinedColumn> Columns(SourceRows rows, IReadOnlyList<FeatureResult> results) =>
    [
        .. plan.Features.Select((f, i) => new JoinedColumn(
            types[i], results[i], f.IsRow ? rows.Values[f.Expression] : null, f.Expression >= 0 && !f.IsRow ? rows.Texts.GetValueOrDefault(f.Expression) : null)),
    ];

    private static IReadOnlyList<FeatureResult> Resolved(IReadOnlyList<FeatureResult>? results) =>
        results ?? throw new PointInTimeException("rows that are equal in key and clocks came otherwise when they were read again; the view's SQL must give the same rows each time");
}
