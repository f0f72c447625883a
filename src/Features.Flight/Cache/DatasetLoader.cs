using System.Globalization;
using Apache.Arrow.Memory;
using Features.Flight.Layout;

namespace Features.Flight.Cache;

/// <summary>Reads a plan's parts, several at a time, each into its own place, and gives the store when every promised row is there.</summary>
internal sealed class DatasetLoader(IDatasetSource source, int parallelism)
{
    /// <summary>The whole store, or the first fault; then nothing is kept. The caller disposes it.</summary>
    /// <param name="plan">What to load.</param>
    /// <param name="memory">Where it is laid.</param>
    /// <param name="progress">Told of rows as they come, from any thread.</param>
    /// <param name="cancellationToken">Ends the load.</param>
    public async Task<ColumnStore> LoadAsync(StorePlan plan, MemoryAllocator memory, Action<long> progress, CancellationToken cancellationToken)
    {
        var parts = await source.PartsAsync(plan.Dataset, cancellationToken).ConfigureAwait(false);
        if (parts.Sum(part => part.Rows) is var promised && promised != plan.Dataset.Rows)
        {
            throw new InvalidDataException(Text($"the parts of its source have {promised} rows where its plan has {plan.Dataset.Rows}; verify the data set"));
        }

        var stores = new ColumnStore?[Math.Max(1, parts.Count)];
        try
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, stores.Length),
                new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken },
                async (i, cancelled) => stores[i] = await ReadAsync(plan, parts, i, memory, progress, cancelled).ConfigureAwait(false)).ConfigureAwait(false);
            return ColumnStore.Join(stores!);
        }
        catch
        {
            foreach (var store in stores)
            {
                store?.Dispose();
            }

            throw;
        }
    }

    private static async Task<ColumnStore> ReadAsync(
        StorePlan plan, IReadOnlyList<IDatasetPart> parts, int index, MemoryAllocator memory, Action<long> progress, CancellationToken cancellationToken)
    {
        using var builder = new ColumnStoreBuilder(plan.Schema, memory);
        if (index < parts.Count)
        {
            var packer = TensorPacker.For(plan, firstRow: parts.Take(index).Sum(part => part.Rows));
            await FillAsync(plan, builder, packer, parts[index], Text($"part {index + 1} of {parts.Count}"), progress, cancellationToken).ConfigureAwait(false);
        }

        builder.Complete();
        return builder.Build();
    }

    private static async Task FillAsync(
        StorePlan plan, ColumnStoreBuilder builder, TensorPacker? packer, IDatasetPart part, string name, Action<long> progress, CancellationToken cancellationToken)
    {
        await foreach (var batch in part.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var rows = batch.Length;
            var plain = PlainColumns.Take(batch, ReferenceEquals(batch.Schema, plan.Dataset.Schema) ? plan.Plain : PlainColumns.Of(batch.Schema));
            builder.Add(packer?.Pack(plain) ?? plain);
            cancellationToken.ThrowIfCancellationRequested();
            progress(rows);
            if (builder.Rows > part.Rows)
            {
                throw new InvalidDataException(Text($"{name} gave {builder.Rows} rows, and maybe more, where its source promised {part.Rows}; verify the data set"));
            }
        }

        if (builder.Rows != part.Rows)
        {
            throw new InvalidDataException(Text($"{name} gave {builder.Rows} rows where its source promised {part.Rows}; verify the data set"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
