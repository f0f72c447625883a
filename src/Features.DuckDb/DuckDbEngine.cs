using System.Globalization;
using Features.Core.Engine;
using Features.DuckDb.Analysis;
using Features.DuckDb.DataFiles;
using Features.DuckDb.Queries;
using Features.DuckDb.Runs;
using Features.DuckDb.Scans;
using Features.DuckDb.Sessions;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb;

/// <summary>
/// DuckDB, embedded. Trusted sessions share one instance (memory limit, spill folder); each session of a person's SQL gets a locked-down instance of its own, because what it may read is fixed
/// when the lock falls. Times are UTC. Thread-safe; a session is not.
/// </summary>
public sealed class DuckDbEngine : ISqlEngine
{
    private static int engines;
    private readonly DuckDbEngineOptions options;
    private readonly EngineConnection trusted;
    private readonly EngineConnection footers;
    private readonly EngineConnection parser;
    private readonly SyntaxTree syntax;
    private readonly EngineConnection calculator;
    private readonly ConstantValue constants;
    private readonly Lazy<FunctionCatalog> functions;
    private readonly ParquetSchemas schemas;
    private readonly RowGroups groups;
    private readonly string spill;
    private int sessions;

    /// <summary>Opens the trusted instance (about 30 ms).</summary>
    public DuckDbEngine(DuckDbEngineOptions options)
    {
        this.options = options;
        Directory.CreateDirectory(options.SpillDirectory);
        spill = Path.Combine(Path.GetFullPath(options.SpillDirectory), string.Create(CultureInfo.InvariantCulture, $"features-spill-{Environment.ProcessId}-{Interlocked.Increment(ref engines)}"));
        trusted = EngineConnection.OpenInstance();
        trusted.Execute($"SET temp_directory = {SqlText.Literal(spill)}; {options.Limits(options.MemoryLimitBytes)}");
        footers = trusted.Duplicate();
        parser = trusted.Duplicate();
        syntax = new SyntaxTree(parser);
        calculator = trusted.Duplicate();
        constants = new ConstantValue(syntax, calculator);
        functions = new(() => FunctionCatalog.Read(trusted));
        schemas = new ParquetSchemas(footers);
        groups = new RowGroups(trusted);
        Files = new TableFiles(schemas, options.LocalFiles, options.Storage, new DuckDbDataFiles(this, new ParquetNetFormat(options.Storage)));
    }

    /// <summary>How the files of tables are reached, by sessions and by the data file format alike.</summary>
    internal TableFiles Files { get; }

    /// <summary>Another connection of the trusted instance, which the caller disposes.</summary>
    internal EngineConnection Connect() => trusted.Duplicate();

    /// <inheritdoc/>
    public async ValueTask<ISqlSession> OpenAsync(SqlTrust trust, CancellationToken cancellationToken) => await Task.Run<ISqlSession>(
        () => trust switch
        {
            SqlTrust.Pipeline => PipelineSession.Open(Connect(), NewCatalog(), Files),
            _ => UserSession.Open(options, syntax, functions.Value, Files),
        },
        cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public SelectAnalysis Analyze(string sql) => SelectAnalyzer.Analyze(syntax, sql, functions.Value);

    /// <inheritdoc/>
    public string CarryColumn(string sql, string column) => syntax.Write(RowwiseSelect.Carry(syntax.Parse(sql), column, functions.Value, sql), sql);

    /// <inheritdoc/>
    public Filter PruningFilter(string sql, string relation, Schema schema) => PruningCondition.Of(syntax.Parse(sql), relation, schema, constants);

    /// <inheritdoc/>
    public RowCondition Condition(string text, Schema schema) => ConditionText.Read(syntax, functions.Value, text, schema);

    /// <inheritdoc/>
    public Task<IReadOnlyList<IRowRun>> RunsAsync(ScanPlan plan, RowCondition? condition, CancellationToken cancellationToken) => new RunCutting(this, groups).CutAsync(plan, condition, cancellationToken);

    /// <summary>A name for a database of its own beside the others of the instance.</summary>
    internal string NewCatalog() => string.Create(CultureInfo.InvariantCulture, $"session_{Interlocked.Increment(ref sessions)}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        schemas.Dispose();
        await footers.DisposeAsync().ConfigureAwait(false);
        await parser.DisposeAsync().ConfigureAwait(false);
        await calculator.DisposeAsync().ConfigureAwait(false);
        await trusted.DisposeAsync().ConfigureAwait(false);
        if (Directory.Exists(spill))
        {
            Directory.Delete(spill, recursive: true);
        }
    }
}
