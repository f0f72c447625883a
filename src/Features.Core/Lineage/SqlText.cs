using System.Text;

namespace Features.Core.Lineage;

/// <summary>SQL as it may be shown to others.</summary>
public static class SqlText
{
    /// <summary>The text with each string and number replaced by <c>?</c> and comments removed. Identifiers, quoted ones too, stay.</summary>
    public static string WithoutLiterals(string sql)
    {
        var text = new StringBuilder(sql.Length);
        var at = 0;
        while (at < sql.Length)
        {
            var end = EndOf(sql, at, out var token);
            switch (token)
            {
                case Token.Literal: text.Append('?'); break;
                case Token.Comment: text.Append(' '); break;
                default: text.Append(sql, at, end - at); break;
            }

            at = end;
        }

        return text.ToString().Trim();
    }

    private static int EndOf(string sql, int at, out Token token)
    {
        var (current, next) = (sql[at], at + 1 < sql.Length ? sql[at + 1] : '\0');
        token = Token.Text;
        switch (current)
        {
            case '\'':
                token = Token.Literal;
                return EndOfQuoted(sql, at, '\'', escapes: false);
            case 'e' or 'E' when next == '\'':
                token = Token.Literal;
                return EndOfQuoted(sql, at + 1, '\'', escapes: true);
            case '"':
                return EndOfQuoted(sql, at, '"', escapes: false);
            case '-' when next == '-':
                token = Token.Comment;
                return sql.IndexOf('\n', at) is var line and >= 0 ? line : sql.Length;
            case '/' when next == '*':
                token = Token.Comment;
                return sql.IndexOf("*/", at + 2, StringComparison.Ordinal) is var close and >= 0 ? close + 2 : sql.Length;
            case '$' when DollarQuote(sql, at) is { } quote:
                token = Token.Literal;
                return sql.IndexOf(quote, at + quote.Length, StringComparison.Ordinal) is var end and >= 0 ? end + quote.Length : sql.Length;
            case '.' when char.IsAsciiDigit(next):
            case >= '0' and <= '9':
                token = Token.Literal;
                return EndOfNumber(sql, at);
            default:
                return EndOfWord(sql, at);
        }
    }

    private static int EndOfQuoted(string sql, int at, char quote, bool escapes)
    {
        for (var i = at + 1; i < sql.Length; i++)
        {
            if (escapes && sql[i] == '\\')
            {
                i++;
            }
            else if (sql[i] == quote)
            {
                if (i + 1 < sql.Length && sql[i + 1] == quote)
                {
                    i++;
                }
                else
                {
                    return i + 1;
                }
            }
        }

        return sql.Length;
    }

    private static string? DollarQuote(string sql, int at)
    {
        var end = at + 1;
        while (end < sql.Length && (char.IsLetterOrDigit(sql[end]) || sql[end] == '_'))
        {
            end++;
        }

        return end < sql.Length && sql[end] == '$' ? sql[at..(end + 1)] : null;
    }

    private static int EndOfNumber(string sql, int at)
    {
        var end = at;
        while (end < sql.Length && (char.IsLetterOrDigit(sql[end]) || sql[end] is '.' or '_' || (sql[end] is '+' or '-' && sql[end - 1] is 'e' or 'E')))
        {
            end++;
        }

        return end;
    }

    // A word is taken whole, so that the digits of a name such as route_7d are not a number.
    private static int EndOfWord(string sql, int at)
    {
        var end = at;
        while (end < sql.Length && (char.IsLetterOrDigit(sql[end]) || sql[end] == '_'))
        {
            end++;
        }

        return Math.Max(end, at + 1);
    }

    private enum Token
    {
        Text,
        Literal,
        Comment,
    }
}
