using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Features.Core.TrainingSets.Cards;

/// <summary>HTML that is safe as it stands. It is made of literals and of values, and every value that is not markup itself is escaped, so that no text of a user's can become markup.</summary>
internal readonly record struct Markup(string Text)
{
    public static Markup Empty { get; } = new("");

    public static Markup Of(Handler handler) => new(handler.Finish());

    public static Markup Join(IEnumerable<Markup> parts) => new(string.Concat(parts.Select(p => p.Text)));

    public override string ToString() => Text;

    [InterpolatedStringHandler]
    internal readonly ref struct Handler
    {
        private readonly StringBuilder text;

        public Handler(int literalLength, int formattedCount) => text = new StringBuilder(literalLength + formattedCount * 16);

        public void AppendLiteral(string literal) => text.Append(literal);

        public void AppendFormatted(Markup markup) => text.Append(markup.Text);

        public void AppendFormatted(IEnumerable<Markup> parts)
        {
            foreach (var part in parts)
            {
                text.Append(part.Text);
            }
        }

        public void AppendFormatted(int number) => text.Append(number.ToString(CultureInfo.InvariantCulture));

        /// <summary>A coordinate: a hundredth of a unit is finer than what can be seen.</summary>
        public void AppendFormatted(double number) => text.Append((Math.Round(number, 2) + 0d).ToString("0.##", CultureInfo.InvariantCulture));

        public void AppendFormatted(string? value)
        {
            foreach (var c in value ?? "")
            {
                _ = c switch
                {
                    '&' => text.Append("&amp;"),
                    '<' => text.Append("&lt;"),
                    '>' => text.Append("&gt;"),
                    '"' => text.Append("&quot;"),
                    '\'' => text.Append("&#39;"),
                    _ when char.IsControl(c) && c is not ('\n' or '\t') => text.Append('\uFFFD'),
                    _ => text.Append(c),
                };
            }
        }

        public string Finish() => text.ToString();
    }
}
