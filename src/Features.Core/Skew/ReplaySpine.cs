using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Online;
using Features.Core.PointInTime;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Schema = Apache.Arrow.Schema;

namespace Features.Core.Skew;

/// <summary>The rows of answers as a spine: what their requests brought, as it is declared, and the moments that they asked about.</summary>
internal static class ReplaySpine
{
    private const string Moment = "_moment";

    public static BatchSpine Of(Replay replay)
    {
        var columns = replay.Columns.Select(c => (Name: c.Key, Type: c.Value, Field: FieldOf(c.Key, c.Value))).ToList();
        var moment = new Field(Moment, new TimestampType(TimeUnit.Microsecond, (string?)null), nullable: false);
        var schema = new Schema([.. columns.Select(c => c.Field), moment], null);
        return new BatchSpine(schema, BatchesAsync(replay, schema, columns), Moment);
    }

    private static async IAsyncEnumerable<RecordBatch> BatchesAsync(
        Replay replay, Schema schema, IReadOnlyList<(string Name, string Type, Field Field)> columns, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var chunk in replay.Answers.Select(a => a.Answer).Chunk(1024))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var arrays = columns.Select(c => FeatureArrays.Build(c.Field.DataType, [.. chunk.SelectMany(a => a.Entities[c.Name]).Select(v => Taken(v, c.Type))]));
            var moments = FeatureArrays.Build(schema.FieldsList[^1].DataType, [.. chunk.SelectMany(a => Enumerable.Repeat(FeatureValue.OfTimestamp(a.AtMicros), a.Rows))]);
            yield return new RecordBatch(schema, [.. arrays, moments], chunk.Sum(a => a.Rows));
        }
    }

    private static FeatureValue Taken(FeatureValue value, string type) => FeatureValues.Coerce(value, FeatureValues.KindOf(type)) ?? FeatureValue.Null;

    private static Field FieldOf(string name, string type)
    {
        var field = ArrowSchema.FieldOf(new NestedField(1, name, ColumnType.Parse(type) ?? new PrimitiveType(PrimitiveKind.Binary), Required: false));
        return new Field(name, field.DataType, nullable: true, field.Metadata?.Where(m => m.Key != ArrowSchema.FieldIdKey));
    }
}
