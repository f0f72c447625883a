using Features.Core.Engine;

namespace Features.DuckDb.Tests.Engine;

public sealed class DuckDbEngineTests : SqlEngineConformance
{
    protected override ISqlEngine Open() => new DuckDbEngine(new DuckDbEngineOptions { Threads = 2 });
}
