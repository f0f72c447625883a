namespace Features.Core.PointInTime;

/// <summary>The texts of a column as numbers of their order (by UTF-8 bytes), so that they compare as the texts do.</summary>
internal sealed class SortedTexts(ByteDictionary texts)
{
    private readonly (int[] RankOfId, int[] IdOfRank) ranks = texts.Ranks();

    public long RankOf(long id) => ranks.RankOfId[id];

    public ReadOnlySpan<byte> Of(long rank) => texts[ranks.IdOfRank[rank]];
}
