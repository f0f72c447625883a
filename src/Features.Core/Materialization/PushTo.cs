namespace Features.Core.Materialization;

/// <summary>Where pushed rows go.</summary>
public enum PushTo
{
    /// <summary>To online answers at once, and durably into the table.</summary>
    OnlineAndOffline,

    /// <summary>To online answers alone: no table ever holds them. They stay, also when the view is read anew, until no answer needs them or its expressions change.</summary>
    Online,

    /// <summary>Into the table alone: online answers have them when the table's next snapshot is materialised.</summary>
    Offline,
}
