namespace Features.Iceberg.FaultHost;

/// <summary>Where a writer is struck: killed as the kernel's out-of-memory killer would, or left without its catalog's answer.</summary>
public enum FaultPoint
{
    /// <summary>Nowhere.</summary>
    None,
    /// <summary>Killed: a data or delete file is written and not yet made visible.</summary>
    BeforeDataFile,
    /// <summary>Killed: a data or delete file stands, and nothing names it.</summary>
    AfterDataFile,
    /// <summary>Killed: a manifest stands, and nothing names it.</summary>
    AfterManifest,
    /// <summary>Killed: a manifest list stands, and nothing names it.</summary>
    AfterManifestList,
    /// <summary>Killed: the metadata file is written and not yet made visible.</summary>
    BeforeMetadata,
    /// <summary>Killed: the metadata file stands, and the catalog still names the one before.</summary>
    AfterMetadata,
    /// <summary>Killed: the attempt is ready and the catalog has not been asked.</summary>
    BeforeSwap,
    /// <summary>Killed: the catalog names the new metadata, and the writer has not heard of it.</summary>
    AfterSwap,
    /// <summary>Killed: files that are not needed any more are being removed.</summary>
    WhileRemoving,
    /// <summary>Swaps take place, and every other answer is lost.</summary>
    LostAnswer,
    /// <summary>Every other swap never reaches the catalog, and nothing says so.</summary>
    LostRequest,
    /// <summary>Every other swap reaches the catalog only when the writer, without an answer, asks for the next one.</summary>
    LateRequest,
}
