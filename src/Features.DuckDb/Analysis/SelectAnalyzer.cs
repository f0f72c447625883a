using Features.Core.Engine;

namespace Features.DuckDb.Analysis;

internal static class SelectAnalyzer
{
    internal static SelectAnalysis Analyze(SyntaxTree syntax, string sql, FunctionCatalog functions) => throw new NotSupportedException($"{syntax}{sql}{functions}");
}
