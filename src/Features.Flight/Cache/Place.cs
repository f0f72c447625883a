namespace Features.Flight.Cache;

/// <summary>Where bytes lie.</summary>
internal enum Place
{
    Memory,

    /// <summary>A file of the spill folder, mapped into memory.</summary>
    Spill,
}
