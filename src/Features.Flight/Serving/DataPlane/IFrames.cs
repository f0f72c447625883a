namespace Features.Flight.Serving.DataPlane;

/// <summary>The messages of one rank's stream, one after the other, each read piece by piece.</summary>
internal interface IFrames : IDisposable
{
    /// <summary>The global position of the batch's first row.</summary>
    long Position { get; }

    /// <summary>The batch's step.</summary>
    long Step { get; }

    /// <summary>The batch's rows; 0 for the schema.</summary>
    int Rows { get; }

    /// <summary>Prepares the next message, the first of which is the schema; false at the end.</summary>
    bool Next();

    /// <summary>The message's next bytes; 0 when it is whole.</summary>
    int Read(Span<byte> destination);
}
