using System.Globalization;
using Features.Iceberg.Manifests;

namespace Features.Iceberg.Transactions;

/// <summary>What a commit did, in the keys that other engines read ("Snapshot Summary Fields").</summary>
internal static class SnapshotSummary
{
    /// <summary>The summary of a snapshot whose parent states <paramref name="parent"/> (null for the first).</summary>
    public static IReadOnlyDictionary<string, string> Of(
        SnapshotChange change, SnapshotContent made, IReadOnlyDictionary<string, string>? parent, IReadOnlyDictionary<string, string>? given)
    {
        var (added, removed) = (new Tally(change.Added), new Tally(made.Removed));
        var summary = given is null ? [] : new Dictionary<string, string>(given);
        summary["operation"] = change.Operation;
        if (change.Operation == "append" || added.DataFiles > 0)
        {
            summary["added-data-files"] = Text(added.DataFiles);
            summary["added-records"] = Text(added.Records);
            summary["added-files-size"] = Text(added.Bytes);
        }

        Note("added-files-size", added.Bytes);
        Note("deleted-data-files", removed.DataFiles);
        Note("deleted-records", removed.Records);
        Note("removed-files-size", removed.Bytes);
        NoteDeletes("added", added);
        NoteDeletes("removed", removed);
        summary["changed-partition-count"] = Text(AddedFiles.Partitions(change.Added.Concat(made.Removed)).Count);
        summary["manifests-created"] = Text(made.Created);
        summary["manifests-kept"] = Text(made.Manifests.Count - made.Created);
        summary["manifests-replaced"] = Text(made.Replaced);
        Carry("total-data-files", added.DataFiles - removed.DataFiles);
        Carry("total-delete-files", added.DeleteFiles - removed.DeleteFiles);
        Carry("total-records", added.Records - removed.Records);
        Carry("total-files-size", added.Bytes - removed.Bytes);
        Carry("total-position-deletes", added.PositionDeletes - removed.PositionDeletes);
        Carry("total-equality-deletes", added.EqualityDeletes - removed.EqualityDeletes);
        return summary;

        void Note(string key, long count)
        {
            if (count > 0)
            {
                summary[key] = Text(count);
            }
        }

        void NoteDeletes(string verb, Tally tally)
        {
            Note($"{verb}-delete-files", tally.DeleteFiles);
            Note($"{verb}-position-delete-files", tally.PositionDeleteFiles);
            Note($"{verb}-equality-delete-files", tally.EqualityDeleteFiles);
            Note($"{verb}-position-deletes", tally.PositionDeletes);
            Note($"{verb}-equality-deletes", tally.EqualityDeletes);
        }

        // A parent that does not state a total leaves the sum unknown, and then none is stated.
        void Carry(string key, long change)
        {
            var before = 0L;
            var isKnown = parent is null || long.TryParse(parent.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out before);
            if (isKnown && before + change >= 0)
            {
                summary[key] = Text(before + change);
            }
            else
            {
                summary.Remove(key);
            }
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private sealed class Tally(IReadOnlyList<DataFile> files)
    {
        public int DataFiles { get; } = files.Count(f => f.Content == FileContent.Data);

        public int PositionDeleteFiles { get; } = files.Count(f => f.Content == FileContent.PositionDeletes);

        public int EqualityDeleteFiles { get; } = files.Count(f => f.Content == FileContent.EqualityDeletes);

        public int DeleteFiles => PositionDeleteFiles + EqualityDeleteFiles;

        public long Records { get; } = Rows(files, FileContent.Data);

        public long PositionDeletes { get; } = Rows(files, FileContent.PositionDeletes);

        public long EqualityDeletes { get; } = Rows(files, FileContent.EqualityDeletes);

        public long Bytes { get; } = files.Sum(f => f.FileSizeInBytes);

        private static long Rows(IReadOnlyList<DataFile> files, FileContent content) => files.Where(f => f.Content == content).Sum(f => f.RecordCount);
    }
}
