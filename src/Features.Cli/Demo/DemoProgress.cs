using System.Diagnostics;
using Spectre.Console;

namespace Features.Cli.Demo;

/// <summary>Says how far the demo is: a bar a step on a terminal, a line a step otherwise.</summary>
internal sealed class DemoProgress(IAnsiConsole console)
{
    /// <summary>Runs a step; the body reports the share done (0 to 1), and its result is said in a sentence.</summary>
    public async Task<T> StepAsync<T>(string title, Func<Action<double>, Task<(T Result, string Sentence)>> body)
    {
        var clock = Stopwatch.StartNew();
        var (result, sentence) = console.Profile.Capabilities.Interactive
            ? await console.Progress().AutoClear(true).StartAsync(async bars =>
            {
                var bar = bars.AddTask(title, maxValue: 1);
                return await body(share => bar.Value = share);
            })
            : await body(_ => { });
        console.WriteLine($"{title,-10} {sentence}  ({clock.Elapsed.TotalSeconds:F1} s)");
        return result;
    }

    /// <summary>A line below a step.</summary>
    public void Line(string text) => console.WriteLine($"{"",-10} {text}");
}
