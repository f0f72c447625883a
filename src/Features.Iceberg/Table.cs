using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.RowChanges;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;

namespace Features.Iceberg;

/// <summary>A table at one version of its metadata. Immutable: a commit returns the next one.</summary>
public sealed class Table
{
    /// <summary>Names a loaded table; made by catalogs and <see cref="TableFolder"/>.</summary>
    public Table(string name, TableIdentifier? identifier, TableMetadata metadata, string metadataLocation, IObjectStore storage, ICatalog? catalog)
    {
        Name = name;
        Identifier = identifier;
        Metadata = metadata;
        MetadataLocation = metadataLocation;
        Storage = storage;
        Catalog = catalog;
    }

    /// <summary>How the reader named it: the identifier, or the folder or metadata path.</summary>
    public string Name { get; }

    /// <summary>Its name in the catalog; null when it was opened by location.</summary>
    public TableIdentifier? Identifier { get; }

    /// <summary>The metadata.</summary>
    public TableMetadata Metadata { get; }

    /// <summary>The metadata file this was read from.</summary>
    public string MetadataLocation { get; }

    /// <summary>The folder that its data files are written to, without a trailing slash: <c>write.data.path</c>, or <c>data</c> in its location.</summary>
    public string DataFolder => TableLocations.DataFolder(Metadata);

    /// <summary>Where its files are read.</summary>
    public IObjectStore Storage { get; }

    /// <summary>The catalog that commits go to; null when it was opened by location, and then it is read-only.</summary>
    public ICatalog? Catalog { get; }

    /// <summary>Starts a scan of the current snapshot, all columns.</summary>
    public TableScan NewScan() => new(this);

    /// <summary>The table's rows, to be appended to, overwritten, deleted and upserted.</summary>
    /// <param name="format">Reads and writes its data files.</param>
    public TableRows Rows(IDataFileFormat format) => new(this, format);

    /// <summary>Starts a transaction of one or more actions that commit together.</summary>
    /// <param name="guard">See <see cref="Transaction.Guard"/>; null always proceeds.</param>
    /// <exception cref="InvalidTableArgumentException">The table was opened by location.</exception>
    public Transaction NewTransaction(Func<TableMetadata, bool>? guard = null) => Catalog is null || Identifier is null
        ? throw new InvalidTableArgumentException($"'{Name}' was opened by its location and is read-only; open it by name from a catalog to change it")
        : new Transaction(this, Catalog) { Guard = guard };

    /// <summary>Starts a new table, with nothing of this one's, that takes its name when it is committed.</summary>
    /// <param name="creation">What the new table is made of; its default location is a fresh folder beside this table's.</param>
    /// <exception cref="InvalidTableArgumentException">The table was opened by location, or such a table cannot be made.</exception>
    public TableReplacement NewReplacement(TableCreation creation) => Catalog is null || Identifier is null
        ? throw new InvalidTableArgumentException($"'{Name}' was opened by its location and is read-only; open it by name from a catalog to replace it")
        : new TableReplacement(this, Catalog, creation);
}
