using System.Text.Json.Serialization;

namespace Features.Core.Sources;

/// <summary>A file of a folder as the store lists it. Equal ones have, as far as anybody can tell without reading them, one content.</summary>
/// <param name="Path">Its location.</param>
/// <param name="Length">Bytes.</param>
/// <param name="ModifiedAt">When it was last changed (UTC), as precisely as the store says.</param>
internal sealed record FolderFile([property: JsonPropertyName("path")] string Path, [property: JsonPropertyName("length")] long Length, [property: JsonPropertyName("modified_at")] DateTimeOffset ModifiedAt);
