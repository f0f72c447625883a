using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Core.Ingestion;

/// <summary>
/// How far an inbox has come with a pipeline in a table. It stands in the table's properties, changed in the same commit as the rows, so that it outlives the snapshots;
/// which sequence a snapshot was made by stands in its summary.
/// </summary>
/// <param name="Inbox">The inbox's id.</param>
/// <param name="Pipeline">The pipeline.</param>
internal sealed record Progress(string Inbox, string Pipeline)
{
    private const string InboxKey = "features.inbox";
    private const string SequenceKey = "features.seq";
    public const string ReadKey = "features.read";
    public const string GoodKey = "features.good";
    public const string QuarantinedKey = "features.quarantined";
    public const string DefinitionKey = "features.definition";
    public const string RunKey = "features.run";
    public const string TokenKey = "features.token";

    private const string SequenceEnd = ".seq";

    private string SequenceProperty => $"{Start(Inbox)}{Pipeline}{SequenceEnd}";

    private string VoidedProperty => $"{Start(Inbox)}{Pipeline}.voided";

    /// <summary>How far an inbox has come with every pipeline into a table.</summary>
    public static IEnumerable<(string Pipeline, long Sequence)> OfAll(string inbox, TableMetadata table) => table.Properties
        .Where(p => p.Key.StartsWith(Start(inbox), StringComparison.Ordinal) && p.Key.EndsWith(SequenceEnd, StringComparison.Ordinal))
        .Select(p => (p.Key[Start(inbox).Length..^SequenceEnd.Length], long.Parse(p.Value, CultureInfo.InvariantCulture)));

    /// <summary>The last sequence committed; 0 for none.</summary>
    public long Of(TableMetadata table) => table.Properties.TryGetValue(SequenceProperty, out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : 0;

    /// <summary>The properties that say that a sequence is committed.</summary>
    public Dictionary<string, string?> Reached(long sequence) => new() { [SequenceProperty] = Text(sequence) };

    /// <summary>The properties that say that a sequence was voided, and why.</summary>
    public Dictionary<string, string?> Voided(long sequence, string reason) => new() { [SequenceProperty] = Text(sequence), [VoidedProperty] = $"{Text(sequence)} {reason}" };

    /// <summary>Why a sequence was voided; null if it was not, or if a later one was since.</summary>
    public string? WhyVoided(TableMetadata table, long sequence) =>
        table.Properties.GetValueOrDefault(VoidedProperty) is { } text && text.StartsWith($"{Text(sequence)} ", StringComparison.Ordinal) ? text[(Text(sequence).Length + 1)..] : null;

    /// <summary>The snapshot that a sequence was committed by; null if it had no rows for this table, or the snapshot has expired.</summary>
    public Snapshot? Find(TableMetadata table, long sequence) => table.Snapshots.LastOrDefault(s =>
        s.Summary.GetValueOrDefault(SequenceKey) == Text(sequence) && s.Summary.GetValueOrDefault(InboxKey) == $"{Inbox}/{Pipeline}");

    /// <summary>The sequence that a snapshot was committed by; null if it is none of this inbox's and pipeline's.</summary>
    public long? SequenceOf(Snapshot snapshot) => snapshot.Summary.GetValueOrDefault(InboxKey) == $"{Inbox}/{Pipeline}" && snapshot.Summary.TryGetValue(SequenceKey, out var text)
        ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>The summary of a snapshot.</summary>
    public Dictionary<string, string> Summary(long sequence, params ReadOnlySpan<(string Key, string Value)> more)
    {
        var summary = new Dictionary<string, string> { [InboxKey] = $"{Inbox}/{Pipeline}", [SequenceKey] = Text(sequence) };
        foreach (var (key, value) in more)
        {
            summary[key] = value;
        }

        return summary;
    }

    private static string Start(string inbox) => $"features.inbox.{inbox}.";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
