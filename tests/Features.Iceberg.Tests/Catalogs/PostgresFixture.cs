using Features.Testing;
using Npgsql;

namespace Features.Iceberg.Catalogs;

/// <summary>One server for the tests of this assembly; each asks it for a database of its own.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? server;

    public PostgresServer Server
    {
        get
        {
            Assert.SkipWhen(server is null, "PostgreSQL is not installed");
            return server!;
        }
    }

    public async ValueTask InitializeAsync() => server = await PostgresServer.TryStartAsync();

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>The connection string of a new, empty database.</summary>
    public string NewDatabase()
    {
        var name = $"d{Guid.NewGuid():N}";
        using var connection = new NpgsqlConnection(Server.ConnectionString("postgres") + ";Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own text.
        command.CommandText = $"CREATE DATABASE {name}";
#pragma warning restore CA2100
        command.ExecuteNonQuery();
        return Server.ConnectionString(name);
    }
}

[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";
}
