using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Written;

namespace Features.Iceberg.Transactions;

/// <summary>Random sequences of all actions that make snapshots, against a set of paths; every manifest that they leave is read by the walker, through Apache.Avro.</summary>
public sealed class ActionModelTests
{
    private static readonly Gen<(int Kind, int K, int Pick)> Step = Gen.Select(Gen.Int[0, 8], Gen.Int[0, 2], Gen.Int[0, 1000]);

    [Fact]
    public Task Actions_InAnyOrder_LeaveTheFilesOfTheModel() => Gen.Select(Step.Array[1, 14], Gen.Bool).SampleAsync((steps, merges) => RunAsync(steps, merges), iter: 40, threads: 1);

    private static async Task RunAsync((int Kind, int K, int Pick)[] steps, bool merges)
    {
        using var warehouse = new Warehouse();
        var files = new FileModel(warehouse);
        var table = await files.CreateAsync(properties: [("commit.manifest.min-count-to-merge", "2"), ("commit.manifest-merge.enabled", merges ? "true" : "false")]);
        var model = new Dictionary<string, DataFile>();
        var before = new SortedDictionary<string, ManifestEntry>(StringComparer.Ordinal);
        foreach (var step in steps)
        {
            var (action, removed, added) = Action(files, model, step, table.Metadata.CurrentSnapshotId);
            table = (await FileModel.CommitAsync(table, action)).Table;
            var live = await FileModel.LiveAsync(table);
            removed.ForEach(f => model.Remove(f.FilePath));
            added.ForEach(f => model.Add(f.FilePath, f));
            // A removal may drop delete files too, but only those older than all data, as nothing is left for them.
            var oldest = live.Values.Where(e => e.File.Content == FileContent.Data).Select(e => e.SequenceNumber!.Value).DefaultIfEmpty(table.Metadata.LastSequenceNumber).Min();
            foreach (var dropped in model.Keys.Except(live.Keys).Where(p => action is not (AppendFiles or RowDelta) && before[p].File.Content != FileContent.Data && before[p].SequenceNumber < oldest).ToList())
            {
                model.Remove(dropped);
            }

            before = live;

            Assert.Equal(model.Keys.Order(StringComparer.Ordinal), live.Keys);
            Assert.Empty(await FileModel.OrphansAsync(table));
        }

        WrittenTable.Check(table.MetadataLocation, opensFiles: false);
    }

    private static (IAction Action, List<DataFile> Removed, List<DataFile> Added) Action(FileModel files, Dictionary<string, DataFile> model, (int Kind, int K, int Pick) step, long? snapshot)
    {
        var data = model.Values.Where(f => f.Content == FileContent.Data).OrderBy(f => f.FilePath, StringComparer.Ordinal).ToList();
        var one = data.Count == 0 ? null : data[step.Pick % data.Count];
        var fresh = files.Data(step.K);
        var ofK = model.Values.Where(f => (int)f.Partition[0]! == step.K).ToList();
        switch (step.Kind)
        {
            case 1:
                return (new AppendFiles([fresh]) { MergesManifests = true }, [], [fresh]);
            case 2 when one is not null:
                return (new OverwriteFiles { Removed = [one], Added = [fresh] }, [one], [fresh]);
            case 3:
                return (new OverwriteFiles { RowFilter = Filter.Compare("k", Comparison.Equal, step.K), Added = [fresh] }, ofK, [fresh]);
            case 4:
                return (new ReplacePartitions([fresh]), ofK, [fresh]);
            case 5 when one is not null:
                return (step.Pick % 2 == 0 ? new DeleteFiles([one.FilePath]) : new DeleteFiles([one]), [one], []);
            case 6:
                return (new DeleteFiles(Filter.Compare("k", Comparison.Equal, step.K)), ofK, []);
            case 7:
                var delete = step.Pick % 2 == 0 ? files.Positions(step.K, one) : files.Equalities(step.K);
                return (new RowDelta { Added = step.Pick % 3 == 0 ? [fresh] : [], Deletes = [delete] }, [], step.Pick % 3 == 0 ? [fresh, delete] : [delete]);
            case 8 when one is not null:
                return (new RewriteFiles { Removed = [one], Added = [fresh], FromSnapshotId = snapshot!.Value, DataSequenceNumber = null }, [one], [fresh]);
            default:
                return (new AppendFiles([fresh]), [], [fresh]);
        }
    }
}
