namespace Features.Testing;

/// <summary>What a validator found.</summary>
/// <param name="Faults">Each fault with the file and the place in it; empty where all is well.</param>
/// <param name="Counts">What was checked, as <c>name count</c> pairs, so that a test can tell 'all well' from 'nothing seen'.</param>
public sealed record ValidatorReport(IReadOnlyList<string> Faults, string Counts)
{
    /// <summary>One of the counts, by its name.</summary>
    public int Count(string name)
    {
        var words = Counts.Split(' ');
        return int.Parse(words[Array.IndexOf(words, name) + 1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
