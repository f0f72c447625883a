namespace Features.Server.Online;

/// <summary>The API's description, <c>schemas/online/openapi.json</c>, carried in the assembly.</summary>
internal static class OpenApi
{
    public static byte[] Document { get; } = Load();

    private static byte[] Load()
    {
        using var source = typeof(OpenApi).Assembly.GetManifestResourceStream("online/openapi.json")!;
        using var document = new MemoryStream();
        source.CopyTo(document);
        return document.ToArray();
    }
}
