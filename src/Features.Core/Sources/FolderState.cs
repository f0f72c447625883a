using Features.Iceberg;

namespace Features.Core.Sources;

/// <summary>A folder as it was taken up.</summary>
/// <param name="Table">The table whose current snapshot has the folder's files.</param>
/// <param name="Added">Files that were taken up now; one that was changed in place counts here and among <paramref name="Removed"/>.</param>
/// <param name="Removed">Files that were dropped now.</param>
public sealed record FolderState(Table Table, int Added, int Removed);
