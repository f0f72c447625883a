namespace Features.Iceberg.RowChanges;

/// <summary>Random operations in sequence, on tables of several layouts in both modes, against the model.</summary>
public sealed class RowModelTests : IDisposable
{
    private readonly Warehouse warehouse = new();
    private int tables;

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Operations_OfAnySequence_LeaveTheRowsOfTheModel() => await Gen
        .Select(Gen.Int[0, ModelTable.Specs.Length - 1], Gen.Bool, Gen.Bool, Gen.Int[0, int.MaxValue - 1], Gen.Int[0, 4].Array[1, 8])
        .SampleAsync(
            async (spec, mergesOnRead, isSorted, seed, operations) =>
            {
                var model = await ModelTable.CreateAsync(warehouse, $"ns.t{tables++}", spec, mergesOnRead, isSorted, seed);
                await model.AppendAsync();
                foreach (var operation in operations)
                {
                    await (operation switch
                    {
                        0 => model.AppendAsync(),
                        1 => model.DeleteAsync(),
                        2 => model.OverwriteAsync(),
                        3 => model.OverwritePartitionsAsync(),
                        _ => model.UpsertAsync(),
                    });
                    await model.CheckAsync();
                }

                await model.CheckHistoryAsync();
            },
            iter: 40,
            threads: 1);
}
