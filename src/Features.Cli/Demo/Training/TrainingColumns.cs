using Apache.Arrow;
using Features.Cli.Output;

namespace Features.Cli.Demo.Training;

/// <summary>What each served column is for, as the field metadata <c>features.role</c> says; the job needs no other description.</summary>
/// <param name="Row">The sample's number.</param>
/// <param name="Time">As of when.</param>
/// <param name="Label">What is to be learnt.</param>
/// <param name="Known">Features that stand in the request itself.</param>
/// <param name="Joined">Features joined point-in-time.</param>
internal sealed record TrainingColumns(string Row, string Time, string Label, IReadOnlyList<string> Known, IReadOnlyList<string> Joined)
{
    public IReadOnlyList<string> Features { get; } = [.. Known, .. Joined];

    public static TrainingColumns Of(Schema schema)
    {
        string[] With(string role) => [.. schema.FieldsList.Where(f => f.HasMetadata && f.Metadata.GetValueOrDefault("features.role") == role).Select(f => f.Name)];
        string One(string role) => With(role) is [var name]
            ? name
            : throw new CliException("not-trainable", $"the served data set has {With(role).Length} columns of role '{role}', and training needs exactly one; make the set with a timestamp and a label");
        return new TrainingColumns(One("row"), One("time"), One("label"), With("spine_feature"), With("feature"));
    }

    /// <summary>A column of a batch as floats; NaN where it is null.</summary>
    public static void Read(RecordBatch batch, string name, Span<float> into)
    {
        var array = batch.Column(name);
        for (var i = 0; i < batch.Length; i++)
        {
            into[i] = array.IsNull(i) ? float.NaN : array switch
            {
                BooleanArray a => a.GetValue(i)!.Value ? 1 : 0,
                Int32Array a => a.Values[i],
                Int64Array a => a.Values[i],
                FloatArray a => a.Values[i],
                DoubleArray a => (float)a.Values[i],
                _ => throw new CliException("not-trainable", $"column '{name}' of type {array.Data.DataType.Name} is not a number; leave it out of the feature service"),
            };
        }
    }

    /// <summary>A column of 64-bit integers or timestamps, without a copy.</summary>
    public static ReadOnlySpan<long> Longs(RecordBatch batch, string name) => batch.Column(name) switch
    {
        Int64Array a => a.Values,
        TimestampArray a => a.Values,
        var a => throw new CliException("not-trainable", $"column '{name}' of type {a.Data.DataType.Name} is neither a 64-bit integer nor a timestamp"),
    };
}
