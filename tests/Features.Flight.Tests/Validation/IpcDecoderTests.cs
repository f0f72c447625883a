using Apache.Arrow;
using Apache.Arrow.Types;
using CsCheck;
using Features.Flight.Validation;

namespace Features.Flight.Tests.Validation;

public class IpcDecoderTests
{
    // Headers of every type take well under this; what a hostile one claims must not be believed.
    private const long MostAllocated = 4 << 20;

    [Fact]
    public void Read_RowsOfEveryType_AreThoseThatWereWritten() => Gen.Select(Gen.Int, Gen.Int[0, 70]).Sample(
        (seed, count) =>
        {
            using var first = EveryType.Rows(seed, count);
            using var second = EveryType.Rows(seed + 1, count / 2);
            var decoder = new IpcDecoder(new IpcLimits());

            var read = WireMessages.Of(first.Schema, first, second).Select(message => decoder.Read(message.Header, message.Body)).OfType<RecordBatch>().ToList();

            Assert.Equal(2, read.Count);
            Assert.Equal(NaiveReading.Rows(first), NaiveReading.Rows(read[0]));
            Assert.Equal(NaiveReading.Rows(second), NaiveReading.Rows(read[1]));
            Assert.Equal("öps", decoder.Schema!.Metadata["owner"]);
            Assert.Equal(first.Schema.FieldsList.Select(field => (field.Name, field.DataType.Name, field.IsNullable)), decoder.Schema.FieldsList.Select(field => (field.Name, field.DataType.Name, field.IsNullable)));
        },
        iter: 30);

    [Fact]
    public void Read_BrokenMessages_AreRefusedOrHoldRowsThatCanBeRead()
    {
        var refused = 0;
        Gen.Select(Gen.Int[0, 8], Gen.Int, Gen.Int[1, 3]).Sample(
            (seed, breaking, changes) =>
            {
                using var rows = EveryType.Rows(seed, 20);
                var (random, messages) = (new Random(breaking), WireMessages.Of(rows.Schema, rows));
                var broken = random.Next(messages.Count);
                messages[broken] = Break(messages[broken], random, changes);
                var before = GC.GetAllocatedBytesForCurrentThread();
                var decoder = new IpcDecoder(new IpcLimits());
                RecordBatch? read = null;
                try
                {
                    foreach (var (header, body) in messages)
                    {
                        read = decoder.Read(header, body) ?? read;
                    }
                }
                catch (FormatException)
                {
                    Interlocked.Increment(ref refused);
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
                if (read is not null)
                {
                    NaiveReading.Rows(read);
                    Assert.All(read.Arrays, array => NaiveReading.CountNulls(array.Data));
                }
            },
            iter: 2500);
        Assert.True(refused > 300, $"only {refused} were refused");
    }

    [Fact]
    public void Read_HeaderCutAnywhere_IsRefusedOrWasPadded()
    {
        using var rows = EveryType.Rows(1, 3);
        foreach (var (header, body) in WireMessages.Of(rows.Schema, rows))
        {
            for (var length = 0; length < header.Length; length += 3)
            {
                var decoder = new IpcDecoder(new IpcLimits());
                var fault = Record.Exception(() => decoder.Read(header.AsSpan(0, length), body));
                Assert.True(fault is FormatException || (fault is null && length > header.Length / 2), $"{length}: {fault}");
            }
        }
    }

    [Fact]
    public void Read_BodyCutAnywhere_IsRefused()
    {
        using var rows = EveryType.Rows(1, 9);
        var messages = WireMessages.Of(rows.Schema, rows);
        var (header, body) = messages[^1];
        for (var length = 0; length < body.Length; length += 31)
        {
            var decoder = new IpcDecoder(new IpcLimits());
            messages[..^1].ForEach(message => decoder.Read(message.Header, message.Body));
            Assert.Contains("body", Assert.Throws<IpcFormatException>(() => decoder.Read(header, body.AsMemory(0, length))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_MessagesOutOfTurn_AreRefused()
    {
        using var rows = EveryType.Rows(1, 3);
        var messages = WireMessages.Of(rows.Schema, rows);
        var decoder = new IpcDecoder(new IpcLimits());

        Assert.Contains("begins without its schema", Refusal(() => decoder.Read(messages[^1].Header, messages[^1].Body)), StringComparison.Ordinal);
        decoder.Read(messages[0].Header, messages[0].Body);
        Assert.Contains("second schema", Refusal(() => decoder.Read(messages[0].Header, messages[0].Body)), StringComparison.Ordinal);
        Assert.Contains("dictionary 0 did not come", Refusal(() => decoder.Read(messages[^1].Header, messages[^1].Body)).Replace("dictionary 1 ", "dictionary 0 ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MoreThanTheLimits_IsRefused()
    {
        using var rows = EveryType.Rows(1, 30);
        var messages = WireMessages.Of(rows.Schema, rows);

        Assert.Contains("at most 100 are taken", Refusal(() => ReadAll(messages, new IpcLimits { HeaderBytes = 100 })), StringComparison.Ordinal);
        Assert.Contains("more than 20 fields", Refusal(() => ReadAll(messages, new IpcLimits { Fields = 20 })), StringComparison.Ordinal);
        Assert.Contains("nested more than 1 levels", Refusal(() => ReadAll(messages, new IpcLimits { Depth = 1 })), StringComparison.Ordinal);
        Assert.Contains("send smaller batches", Refusal(() => ReadAll(messages, new IpcLimits { BatchRows = 10 })), StringComparison.Ordinal);
        Assert.Contains("dictionaries have more than 1 bytes", Refusal(() => ReadAll(messages, new IpcLimits { DictionaryBytes = 1 })), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "offsets", "column 'x', row 1 of its batch: its value ends before it begins: at 1, after 2" },
        { "end", "column 'x', row 1 of its batch: its value ends at 99, and there are" },
        { "utf8", "column 'x', row 1 of its batch: its text is no UTF-8; send bytes as binary" },
        { "split", "column 'x', row 0 of its batch: its text is no UTF-8; send bytes as binary" },
        { "nulls", "column 'x': it says that it has 1 nulls, and its validity bits have 2" },
        { "required", "column 'x', row 1 of its batch: it is null, and the schema says that the column is never null" },
        { "index", "column 'x', row 1 of its batch: its index is 7, and its dictionary has 2 values" },
        { "decimal", "column 'x', row 1 of its batch: its decimal has more than the 3 digits of its type" },
        { "wide", "column 'x', row 1 of its batch: its decimal has more than the 3 digits of its type" },
        { "time", "column 'x', row 1 of its batch: its time of day does not lie in a day (90000)" },
        { "date", "column 'x', row 1 of its batch: its date is no whole number of days, or too far away (1)" },
        { "moment", "column 'x', row 1 of its batch: its moment cannot be told in microseconds of 64 bits" },
        { "short", "column 'x': its buffer of values has" },
        { "item", "column 'x.item', row 1 of its batch: its text is no UTF-8; send bytes as binary" },
        { "run-end", "column 'x': it is run-end encoded, which is not taken; send its plain values" },
        { "union", "column 'x': it is a union, which is not taken; send one column for each of its types" },
        { "view", "column 'x': it is a string view, which is not taken; send it as a string" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Read_ValueAtFault_IsNamed(string fault, string message)
    {
        var array = FaultyArrays.Of(fault);
        using var rows = new RecordBatch(new Schema([new Field("x", array.DataType, fault != "required")], null), [ArrowArrayFactory.BuildArray(array)], array.Length);

        Assert.StartsWith(message, Refusal(() => ReadAll(WireMessages.Of(rows.Schema, rows), new IpcLimits())), StringComparison.Ordinal);
    }

    private static (byte[] Header, byte[] Body) Break((byte[] Header, byte[] Body) message, Random random, int changes)
    {
        var (header, body) = ((byte[])message.Header.Clone(), (byte[])message.Body.Clone());
        for (var i = 0; i < changes; i++)
        {
            var target = body.Length > 0 && random.Next(3) == 0 ? body : header;
            if (random.Next(10) == 0)
            {
                System.Array.Resize(ref header, random.Next(header.Length));
                return (header, body);
            }

            // Whole words too: counts and offsets become huge or negative.
            var at = random.Next(target.Length);
            target[at] = (byte)random.Next(256);
            if (random.Next(3) == 0)
            {
                target.AsSpan(at, Math.Min(random.Next(1, 9), target.Length - at)).Fill(random.Next(2) == 0 ? (byte)0xFF : (byte)0x7F);
            }
        }

        return (header, body);
    }

    private static void ReadAll(List<(byte[] Header, byte[] Body)> messages, IpcLimits limits)
    {
        var decoder = new IpcDecoder(limits);
        messages.ForEach(message => decoder.Read(message.Header, message.Body));
    }

    private static string Refusal(Action read) => Assert.Throws<IpcFormatException>(read).Message;
}
