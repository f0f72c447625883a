using Apache.Arrow;

namespace Features.Core.Ingestion;

/// <summary>A text column's values, whichever of Arrow's text layouts an engine yields.</summary>
internal static class Texts
{
    public static Func<int, string?> Of(IArrowArray array) => array switch
    {
        StringArray text => i => text.GetString(i),
        LargeStringArray text => i => text.GetString(i),
        StringViewArray text => i => text.GetString(i),
        _ => throw new InvalidOperationException($"the engine yields {array.Data.DataType.Name} where text was asked for"),
    };
}
