using Features.Iceberg.Scans;
using static Features.Core.Tests.Materialization.MaterializationWorkspace;

namespace Features.Core.Tests.Materialization;

/// <summary>Random histories of the table: small numbers, so that rows meet each other's keys and clocks.</summary>
internal static class Histories
{
    public static async Task ChangeAsync(MaterializationWorkspace workspace, Random random)
    {
        var filter = random.Next(2) == 0 ? Filter.Compare("amount", Comparison.Less, random.Next(5)) : Filter.Compare("item", Comparison.Equal, random.Next(4));
        await (random.Next(9) switch
        {
            0 or 1 => workspace.AppendAsync(NewRows(random, 8)),
            2 => workspace.DeleteAsync(filter),
            3 => workspace.DeleteAsync(filter, mergesOnRead: true),
            4 => workspace.OverwriteAsync(NewRows(random, 4), filter),
            5 => workspace.UpsertAsync([.. NewRows(random, 6).Where(r => r.Customer is not null && r.Item is not null).DistinctBy(r => (r.Customer, r.Item))], random.Next(2) == 0),
            6 => workspace.CompactAsync(),
            7 => workspace.ExpireAsync(random.Next(1, 4)),
            _ => workspace.RollbackAsync(random.Next(1, 3)),
        });
    }

    public static Event[] NewRows(Random random, int most) =>
    [
        .. Enumerable.Range(0, random.Next(1, most)).Select(_ => new Event(
            random.Next(12) == 0 ? null : $"c{random.Next(3)}", random.Next(12) == 0 ? null : random.Next(4), random.Next(15) == 0 ? null : random.Next(6), random.Next(15) == 0 ? null : random.Next(6),
            random.Next(6) == 0 ? null : random.Next(9), random.Next(4) == 0 ? null : $"n{random.Next(3)}")),
    ];
}
