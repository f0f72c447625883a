namespace Features.Core.PointInTime;

/// <summary>The texts of a column as numbers of their order (by UTF-8 bytes), so that they compare as the texts do.</summary>
internal sealed class SortedTexts(ByteDictionary texts)
{
    private readonly (int[] RankOfId, int[] IdOfRank) ranks = texts.Ranks();

    /// <summary>The same column with ranks for dictionary ids.</summary>
    public Cells Rank(Cells ids)
    {
        var ranked = new Cells();
        for (var row = 0; row < ids.Count; row++)
        {
            if (ids.IsNull(row))
            {
                ranked.AddNull();
            }
            else
            {
                ranked.Add(ranks.RankOfId[ids[row]]);
            }
        }

        return ranked;
    }

    public ReadOnlySpan<byte> Of(long rank) => texts[ranks.IdOfRank[rank]];
}
