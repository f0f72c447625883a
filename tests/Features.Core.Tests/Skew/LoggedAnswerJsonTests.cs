using CsCheck;
using Features.Core.Online;
using Features.Core.Skew;

namespace Features.Core.Tests.Skew;

public sealed class LoggedAnswerJsonTests
{
    private static readonly Gen<FeatureValue> Plain = Gen.OneOf(
        Gen.Const(FeatureValue.Null),
        Gen.Bool.Select(FeatureValue.Of),
        Gen.Long.Select(v => FeatureValue.Of(v)),
        Gen.OneOf(Gen.Double, OneOf(double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0, 0.0, 1.0, 1e300, double.Epsilon)).Select(v => FeatureValue.Of(v)),
        Gen.String.Where(IsText).Select(v => FeatureValue.Of(v)),
        Gen.Int[-700_000, 2_900_000].Select(FeatureValue.OfDate),
        Gen.Long[-60_000_000_000_000_000, 250_000_000_000_000_000].Select(FeatureValue.OfTimestamp),
        Gen.Guid.Select(v => FeatureValue.Of(v)),
        Gen.Byte.Array[0, 9].Select(v => FeatureValue.Of(v)),
        Gen.Select(Gen.Long, Gen.Int[0, 30]).Select((u, s) => FeatureValue.OfDecimal((Int128)u * 1_000_000_007, s)));

    private static readonly Gen<FeatureValue> Value = Gen.Frequency((9, Plain), (1, Plain.List[0, 3].Select(v => FeatureValue.OfList(v))));

    private static readonly Gen<Dictionary<string, long>> Sequences = Gen.Dictionary(OneOf("clicks", "views", "ä\"\n"), Gen.Long[0, 99])[0, 2];

    [Fact]
    public void Write_AnyAnswer_IsReadBackTheSame() => Gen.Select(Value.Array[0, 4], Gen.Long, Gen.Bool, Sequences, Gen.Long.Nullable(), Gen.Enum<FeatureStatus>()).Sample((values, number, flag, sequences, snapshot, status) =>
    {
        var events = values.Select((_, i) => i % 2 == 0 ? OnlineColumn.NoEvent : number).ToArray();
        var view = new LoggedView("v", "hash", number, [new OnlineSource("a.b", flag ? Guid.AllBitsSet : null, snapshot, sequences)], sequences, flag);
        var feature = new LoggedFeature("x", "v[k=c]@a:x", values, [.. values.Select(_ => status)], events);
        var answer = new LoggedAnswer(number, ~number, flag ? "s\u2028" : null, flag, values.Length, [view], new Dictionary<string, FeatureValue[]> { ["\"key\""] = values }, [feature]);

        var line = LoggedAnswerJson.Write(answer);

        Assert.Equal(line.Length - 1, line.Span.IndexOf((byte)'\n'));
        var read = LoggedAnswerJson.TryRead(line[..^1])!;
        Assert.Equal((answer.AtMicros, answer.AnsweredMicros, answer.Service, answer.FullNames, answer.Rows), (read.AtMicros, read.AnsweredMicros, read.Service, read.FullNames, read.Rows));
        Assert.Equal(values, read.Entities["\"key\""]);
        Assert.Equal(values, read.Features[0].Values);
        Assert.Equal(values.Select(v => v.ToString()), read.Features[0].Values.Select(v => v.ToString()));
        Assert.Equal((feature.Name, feature.Reference), (read.Features[0].Name, read.Features[0].Reference));
        Assert.Equal(feature.Statuses, read.Features[0].Statuses);
        Assert.Equal(feature.EventMicros, read.Features[0].EventMicros);
        Assert.Equal((view.View, view.DefinitionHash, view.Frontier, view.HasOnlineOnlyRows), (read.Views[0].View, read.Views[0].DefinitionHash, read.Views[0].Frontier, read.Views[0].HasOnlineOnlyRows));
        Assert.Equal(view.Pushed, read.Views[0].Pushed);
        Assert.Equal((view.Sources[0].Table, view.Sources[0].Uuid, view.Sources[0].SnapshotId), (read.Views[0].Sources[0].Table, read.Views[0].Sources[0].Uuid, read.Views[0].Sources[0].SnapshotId));
        Assert.Equal(view.Sources[0].PushedThrough, read.Views[0].Sources[0].PushedThrough);
    });

    [Fact]
    public void Read_AnyPartOfALine_IsNothing()
    {
        var (request, given) = Answers.Counting(2);
        var line = LoggedAnswerJson.Write(LoggedAnswer.Of(request, given, [0, 1], DateTimeOffset.UnixEpoch)!)[..^1];
        Assert.NotNull(LoggedAnswerJson.TryRead(line));
        Assert.All(Enumerable.Range(0, line.Length), length => Assert.Null(LoggedAnswerJson.TryRead(line[..length])));
        Assert.Null(LoggedAnswerJson.TryRead("{\"version\":2}"u8.ToArray()));
        Assert.Null(LoggedAnswerJson.TryRead("[1,2]"u8.ToArray()));
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    // Half a surrogate pair is no text, and JSON cannot carry it.
    private static bool IsText(string text) => !text.Any(char.IsSurrogate);
}
