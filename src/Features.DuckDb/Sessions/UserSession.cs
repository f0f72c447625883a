using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Core.Engine;
using Features.DuckDb.Analysis;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;
using Features.Iceberg.Scans;
using Schema = Apache.Arrow.Schema;

namespace Features.DuckDb.Sessions;

/// <summary>
/// A session for a person's SQL, on an instance of its own. Relations are added first; the first statement locks the instance: it can then open the files of the added relations and nothing else, and no setting
/// can be changed. Each statement is parsed and checked (<see cref="UserSelect"/>) before the engine runs it.
/// </summary>
internal sealed class UserSession : DuckDbSession
{
    private readonly SyntaxTree syntax;
    private readonly FunctionCatalog functions;
    private readonly List<string> readable = [];
    private bool isLocked;

    private UserSession(EngineConnection connection, SyntaxTree syntax, FunctionCatalog functions, TableFiles tables)
        : base(connection, "memory", tables)
    {
        this.syntax = syntax;
        this.functions = functions;
    }

    internal static UserSession Open(DuckDbEngineOptions options, SyntaxTree syntax, FunctionCatalog functions, TableFiles tables)
    {
        var connection = EngineConnection.OpenInstance();
        connection.Execute($"SET temp_directory = ''; SET allow_community_extensions = false; {options.Limits(options.UserMemoryLimitBytes)}");
        return new(connection, syntax, functions, tables);
    }

    /// <inheritdoc/>
    /// <exception cref="SqlException">A statement ran already.</exception>
    public override Task AddTableAsync(string name, ScanPlan plan, CancellationToken cancellationToken)
    {
        RefuseWhenLocked(name);
        return base.AddTableAsync(name, plan, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="SqlException">A statement ran already.</exception>
    public override Task AddFileAsync(string name, SourceFile file, CancellationToken cancellationToken)
    {
        RefuseWhenLocked(name);
        return base.AddFileAsync(name, file, cancellationToken);
    }

    public override async Task<long> MaterializeAsync(string name, string sql, CancellationToken cancellationToken)
    {
        var admitted = await AdmitAsync(sql, cancellationToken).ConfigureAwait(false);
        return await base.MaterializeAsync(name, admitted, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<Schema> DescribeAsync(string sql, CancellationToken cancellationToken)
    {
        var admitted = await AdmitAsync(sql, cancellationToken).ConfigureAwait(false);
        return await base.DescribeAsync(admitted, cancellationToken).ConfigureAwait(false);
    }

    protected override async IAsyncEnumerable<RecordBatch> RowsAsync(string sql, Func<Schema, Schema>? typed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var admitted = await AdmitAsync(sql, cancellationToken).ConfigureAwait(false);
        await foreach (var batch in base.RowsAsync(admitted, typed, cancellationToken).ConfigureAwait(false))
        {
            yield return batch;
        }
    }

    protected override Task AddViewAsync(string name, string select, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        readable.AddRange(paths);
        return base.AddViewAsync(name, select, paths, cancellationToken);
    }

    /// <summary>Checks a statement and returns it as the engine takes it.</summary>
    private async Task<string> AdmitAsync(string sql, CancellationToken cancellationToken)
    {
        if (!isLocked)
        {
            // In this order: each line takes away what is needed for the ones before it.
            await Connection.RunAsync(
                () => Connection.Execute($"SET allowed_paths = {SqlText.Literals(readable)}; SET enable_external_access = false; SET lock_configuration = true"),
                cancellationToken).ConfigureAwait(false);
            isLocked = true;
        }

        var statement = syntax.Parse(sql);
        var isRenamed = LongNames.Shorten(statement);
        new UserSelect(Relations, functions, sql).Check(statement);
        return isRenamed ? syntax.Write(statement, sql) : sql;
    }

    private void RefuseWhenLocked(string name)
    {
        if (isLocked)
        {
            throw new SqlException($"'{name}' cannot be added: a statement ran already, and the session can open no other file; add every relation first, or open another session", name);
        }
    }
}
