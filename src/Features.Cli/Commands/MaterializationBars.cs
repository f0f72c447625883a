using Features.Core.Materialization;
using Spectre.Console;

namespace Features.Cli.Commands;

/// <summary>Says how far materialisation is: a bar a view on a terminal, nothing otherwise.</summary>
internal sealed class MaterializationBars(IAnsiConsole console)
{
    public async Task<T> RunAsync<T>(Func<IProgress<MaterializationProgress>?, Task<T>> work) => console.Profile.Capabilities.Interactive
        ? await console.Progress().AutoClear(true).StartAsync(async context => await work(new Bars(context)))
        : await work(null);

    private sealed class Bars(ProgressContext context) : IProgress<MaterializationProgress>
    {
        private readonly Dictionary<string, ProgressTask> tasks = [];

        public void Report(MaterializationProgress value)
        {
            if (!tasks.TryGetValue(value.View, out var task))
            {
                task = tasks[value.View] = context.AddTask(value.View);
            }

            task.MaxValue = Math.Max(1, value.RowsPlanned);
            task.Value = value.Rows;
        }
    }
}
