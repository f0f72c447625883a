using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Features.Flight.Tests;

/// <summary>What the service's calls log: a level, a message, and whether a stack comes with it.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text, bool HasStack)> lines = [];

    /// <summary>What came since this was asked for last.</summary>
    public IReadOnlyList<(LogLevel Level, string Text, bool HasStack)> Take()
    {
        var taken = new List<(LogLevel, string, bool)>();
        while (lines.TryDequeue(out var line))
        {
            taken.Add(line);
        }

        return taken;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id is 5001 or 5002)
        {
            lines.Enqueue((logLevel, formatter(state, exception), exception is not null));
        }
    }

    public void Dispose()
    {
    }
}
