namespace Features.Core.Materialization;

/// <summary>Where pushed rows go.</summary>
public enum PushTo
{
    /// <summary>To online answers at once, and durably into the table.</summary>
    OnlineAndOffline,

    /// <summary>To online answers alone: no table ever holds them, so that a view which is read anew forgets them.</summary>
    Online,

    /// <summary>Into the table alone: online answers have them when the table's next snapshot is materialised.</summary>
    Offline,
}
