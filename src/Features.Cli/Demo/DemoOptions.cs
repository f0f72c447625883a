namespace Features.Cli.Demo;

/// <summary>What the demo runs on. <paramref name="Input"/> null: the flights that ship with the product.</summary>
internal sealed record DemoOptions(string Folder, string? Input, bool Keeps, bool Json);
