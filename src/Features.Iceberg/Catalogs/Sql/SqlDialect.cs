using System.Data.Common;

namespace Features.Iceberg.Catalogs.Sql;

/// <summary>What differs between the databases of the SQL catalog.</summary>
internal abstract class SqlDialect : IDisposable
{
    /// <summary>The two tables, as every client of the shared schema makes them (V1).</summary>
    public const string Schema = """
        CREATE TABLE IF NOT EXISTS iceberg_tables(catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, table_name VARCHAR(255) NOT NULL,
          metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), iceberg_type VARCHAR(5), PRIMARY KEY(catalog_name, table_namespace, table_name));
        CREATE TABLE IF NOT EXISTS iceberg_namespace_properties(catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL,
          property_key VARCHAR(255) NOT NULL, property_value VARCHAR(1000) NOT NULL, PRIMARY KEY(catalog_name, namespace, property_key));
        """;

    /// <summary>The database, for messages; never with a secret.</summary>
    public abstract string Place { get; }

    /// <summary>What to check when it fails.</summary>
    public abstract string Remedy { get; }

    /// <summary>False in schema V0, whose tables have no <c>iceberg_type</c>: other clients may rely on that, so it is used as it is.</summary>
    public bool HasType { get; protected set; } = true;

    /// <summary>A connection that a statement can be given; the caller disposes it.</summary>
    public abstract Task<DbConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>True if the fault proves that the statement changed nothing; false if it may stand.</summary>
    public abstract bool WasRefused(DbException fault);

    /// <summary>True if the same statement may succeed when it is repeated.</summary>
    public abstract bool IsTransient(DbException fault);

    /// <summary>True if a row of the same key was there.</summary>
    public abstract bool IsDuplicate(DbException fault);

    /// <summary>After a connection that was kept turned out to be dead: lets go of all that are kept. False if that was not the fault.</summary>
    public virtual bool TryRenew(DbException fault) => false;

    public abstract void Dispose();
}
