using System.Globalization;
using Features.Cli.Output;
using Features.Core.Definitions;

namespace Features.Cli.Commands;

/// <summary>A split as people write it on the command line: <c>time:train=0.8,test=0.2</c>.</summary>
internal static class SplitText
{
    public const string Form = "write time:train=0.8,test=0.2, key:train=0.8,test=0.2, or a column's name in place of key";

    /// <summary>Reads a split; a word that is neither <c>time</c> nor <c>key</c> is the column whose values are kept together.</summary>
    /// <exception cref="CliException">It is no split.</exception>
    public static Split? Read(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var parts = new List<SplitPart>();
        if (text.IndexOf(':', StringComparison.Ordinal) is not (> 0 and var colon))
        {
            throw new CliException(CliException.Usage, $"--split is '{text}', which names no parts; {Form}");
        }

        foreach (var part in text[(colon + 1)..].Split(','))
        {
            parts.Add(part.Split('=') is [{ Length: > 0 } name, var share] && double.TryParse(share, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 1
                ? new SplitPart(name.Trim(), number)
                : throw new CliException(CliException.Usage, $"--split has the part '{part}', which is no name and share; {Form}"));
        }

        if (parts.Count < 2 || Math.Abs(parts.Sum(p => p.Share!.Value) - 1) > 1e-9 || parts.DistinctBy(p => p.Name).Count() < parts.Count)
        {
            throw new CliException(CliException.Usage, $"--split is '{text}': name at least two parts, each once, with shares that add up to 1; {Form}");
        }

        return text[..colon] switch
        {
            "time" => new Split(SplitBy.Time, parts),
            "key" => new Split(SplitBy.Key, parts),
            var column => new Split(SplitBy.Group, parts) { Columns = [column] },
        };
    }
}
