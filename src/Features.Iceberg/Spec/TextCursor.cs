using System.Globalization;

namespace Features.Iceberg.Spec;

/// <summary>Reads the short texts in which people write schemas, partitionings and orders; each error quotes the text and marks the place.</summary>
internal sealed class TextCursor(string text, string what)
{
    private int at;

    public bool IsAtEnd
    {
        get
        {
            SkipSpace();
            return at == text.Length;
        }
    }

    /// <summary>Takes a mark such as a comma if it comes next.</summary>
    public bool TryTake(char mark)
    {
        SkipSpace();
        if (at == text.Length || text[at] != mark)
        {
            return false;
        }

        at++;
        return true;
    }

    public void Take(char mark, string where)
    {
        if (!TryTake(mark))
        {
            throw Expected($"'{mark}' {where}");
        }
    }

    /// <summary>Takes a word, in any case, if it comes next.</summary>
    public bool TryTakeWord(string word)
    {
        SkipSpace();
        var end = at + word.Length;
        if (end > text.Length || !text.AsSpan(at, word.Length).Equals(word, StringComparison.OrdinalIgnoreCase) || (end < text.Length && IsNameCharacter(text[end])))
        {
            return false;
        }

        at = end;
        return true;
    }

    /// <summary>A name: letters, digits and underscores, or anything between double quotes (a quote within is doubled). With <paramref name="isPath"/>, several with dots between.</summary>
    public string Name(string expected, bool isPath = false)
    {
        var name = OneName(expected);
        while (isPath && at < text.Length && text[at] == '.')
        {
            at++;
            name += "." + OneName(expected);
        }

        return name;
    }

    /// <summary>A whole number from 0.</summary>
    public int Number(string expected)
    {
        SkipSpace();
        var end = at;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        if (!int.TryParse(text.AsSpan(at, end - at), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw Expected(expected);
        }

        at = end;
        return number;
    }

    /// <summary>A number with sign, point and exponent, as it is written, if one comes next.</summary>
    public string? TryNumber()
    {
        SkipSpace();
        var end = at;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is '.' || (text[end] is '-' or '+' && (end == at || text[end - 1] is 'e' or 'E')) || (text[end] is 'e' or 'E' && end > at)))
        {
            end++;
        }

        if (!double.TryParse(text.AsSpan(at, end - at), NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        {
            return null;
        }

        var number = text[at..end];
        at = end;
        return number;
    }

    /// <summary>A text between single quotes; a quote within is doubled.</summary>
    public string Quoted(string expected) => TryQuoted('\'') ?? throw Expected(expected);

    public InvalidTableArgumentException Expected(string expected)
    {
        SkipSpace();
        return new InvalidTableArgumentException($"{what} cannot be read at character {(at + 1).ToString(CultureInfo.InvariantCulture)} (▸): '{text.Insert(at, "▸")}'; expected {expected}");
    }

    private string OneName(string expected)
    {
        if (TryQuoted('"') is { Length: > 0 } quoted)
        {
            return quoted;
        }

        var end = at;
        while (end < text.Length && IsNameCharacter(text[end]))
        {
            end++;
        }

        if (end == at)
        {
            throw Expected(expected);
        }

        var name = text[at..end];
        at = end;
        return name;
    }

    private string? TryQuoted(char quote)
    {
        SkipSpace();
        if (at == text.Length || text[at] != quote)
        {
            return null;
        }

        var value = new System.Text.StringBuilder();
        for (var i = at + 1; i < text.Length; i++)
        {
            if (text[i] != quote)
            {
                value.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == quote)
            {
                value.Append(quote);
                i++;
            }
            else
            {
                at = i + 1;
                return value.ToString();
            }
        }

        throw Expected($"a closing {quote}");
    }

    private void SkipSpace()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }
    }

    private static bool IsNameCharacter(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' or '-' or '@' or '#';
}
