using Apache.Arrow;
using Features.Flight.Client;

namespace Features.Flight.Tests.Client;

public class DatasetBatchTests
{
    [Fact]
    public void Floats_OfEveryNumericType_EqualTheCellsAndAreNaNWhereMissing()
    {
        using var batch = IpcBytes.Received(Tables.Rows(0, 100));

        foreach (var column in new[] { "id", "tiny", "small", "score", "ratio", "flag" })
        {
            var floats = batch.Floats(column);
            var cells = batch.Rows.Column(column);
            Assert.Equal(100, floats.Length);
            for (var row = 0; row < floats.Length; row++)
            {
                Assert.Equal(cells.IsNull(row) ? float.NaN : Expected(cells, row), floats[row]);
            }
        }

        Assert.Contains(float.NaN, batch.Floats("score"));
        Assert.DoesNotContain(float.NaN, batch.Floats("score", missing: 0));
    }

    [Fact]
    public void Floats_OfNoColumnOrOfText_SaysWhich()
    {
        using var batch = IpcBytes.Received(Tables.Rows(0, 10));

        Assert.Contains("no column 'scores'; it has id, tiny", Assert.Throws<ArgumentException>(() => batch.Floats("scores")).Message, StringComparison.Ordinal);
        Assert.Contains("'name' holds", Assert.Throws<ArgumentException>(() => batch.Floats("name")).Message, StringComparison.Ordinal);
    }

    private static float Expected(IArrowArray cells, int row) => cells switch
    {
        BooleanArray flags => flags.GetValue(row)!.Value ? 1 : 0,
        _ => Convert.ToSingle(((IReadOnlyList<object?>)[.. ((System.Collections.IEnumerable)cells).Cast<object?>()])[row], System.Globalization.CultureInfo.InvariantCulture),
    };
}
