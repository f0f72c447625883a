using Features.Cli.Output;
using Features.Ordering;

namespace Features.Cli.Commands.Fetching;

/// <summary>The file that <c>--state</c> names: where a job goes on.</summary>
internal static class FetchState
{
    /// <summary>The state in a file; null if there is none yet.</summary>
    public static async Task<OrderState?> ReadAsync(string? path, CancellationToken cancellationToken)
    {
        if (path is null || !File.Exists(path))
        {
            return null;
        }

        try
        {
            return OrderState.Parse(await File.ReadAllTextAsync(path, cancellationToken));
        }
        catch (FormatException fault)
        {
            throw new CliException("state-invalid", $"'{path}' holds no state: {fault.Message}; delete it to begin anew");
        }
    }

    /// <summary>Writes where to go on, whole or not at all. Behind an epoch's last sample that is the next epoch's first.</summary>
    public static async Task WriteAsync(string path, OrderState state, CancellationToken cancellationToken)
    {
        var next = state.Position >= state.Order.Rows ? state with { Epoch = state.Epoch + 1, Position = 0 } : state;
        var partial = $"{path}.{Environment.ProcessId}.partial";
        await File.WriteAllTextAsync(partial, next.ToJson() + "\n", cancellationToken);
        File.Move(partial, path, overwrite: true);
    }
}
