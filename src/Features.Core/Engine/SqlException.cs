namespace Features.Core.Engine;

/// <summary>SQL was refused or failed.</summary>
public sealed class SqlException(string message, string sql, Exception? inner = null, bool isTransient = false)
    : FeaturesException("sql", message, isTransient, inner)
{
    /// <summary>The statement.</summary>
    public string Sql { get; } = sql;
}
