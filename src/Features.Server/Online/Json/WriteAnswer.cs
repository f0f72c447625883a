using Features.Core.Materialization;

namespace Features.Server.Online.Json;

/// <summary>What became of rows. Feast's clients look at the status alone.</summary>
internal static class WriteAnswer
{
    /// <summary>Of pushed rows; the caller disposes it.</summary>
    public static JsonBytes Of(PushResult result)
    {
        var json = new JsonBytes(256);
        json.Raw("{\"rows\":"u8);
        json.Integer(result.Rows);
        json.Raw(",\"rejected\":"u8);
        Nullable(json, result.Rejected);
        json.Raw(",\"sequence\":"u8);
        Nullable(json, result.Sequence);
        json.Raw(",\"feature_views\":["u8);
        for (var i = 0; i < result.Views.Count; i++)
        {
            json.Raw(i == 0 ? "{\"name\":"u8 : ",{\"name\":"u8);
            json.Text(result.Views[i].View);
            json.Raw(",\"rows\":"u8);
            json.Integer(result.Views[i].Rows);
            if (result.Views[i].Problem is { } problem)
            {
                json.Raw(",\"problem\":"u8);
                json.Text(problem);
            }

            json.Raw("}"u8);
        }

        json.Raw("]}"u8);
        return json;
    }

    /// <summary>Of materialised views; the caller disposes it.</summary>
    public static JsonBytes Of(IReadOnlyList<MaterializedView> views)
    {
        var json = new JsonBytes(256);
        json.Raw("{\"feature_views\":["u8);
        for (var i = 0; i < views.Count; i++)
        {
            json.Raw(i == 0 ? "{\"name\":"u8 : ",{\"name\":"u8);
            json.Text(views[i].View);
            json.Raw(",\"mode\":"u8);
            json.Text(views[i].Mode.ToString().ToLowerInvariant());
            json.Raw(",\"rows\":"u8);
            json.Integer(views[i].RowsRead);
            json.Raw(",\"keys\":"u8);
            json.Integer(views[i].KeysWritten);
            json.Raw("}"u8);
        }

        json.Raw("]}"u8);
        return json;
    }

    private static void Nullable(JsonBytes json, long? value)
    {
        if (value is { } number)
        {
            json.Integer(number);
        }
        else
        {
            json.Raw("null"u8);
        }
    }
}
