namespace Features.Core.Definitions.Yaml;

/// <summary>A document as it was read. <paramref name="Definition"/> is null if nothing can be made of it; unless <paramref name="IsWhole"/>, what is at fault is blank or left out of it.</summary>
internal sealed record ReadDocument(string Kind, string Name, Definition? Definition, bool IsWhole);
