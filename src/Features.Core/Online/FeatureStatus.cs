namespace Features.Core.Online;

/// <summary>Why a value is what it is.</summary>
public enum FeatureStatus : byte
{
    /// <summary>There is a value. A count always has one: of an entity of which no row is known, or of a null key, it is 0, as in a training set.</summary>
    Present,

    /// <summary>The entity is known at the moment, and the value is null: the latest row's is, or the window holds nothing to aggregate.</summary>
    NullValue,

    /// <summary>No row of the entity is known at the moment, or the key is null. The value is null.</summary>
    NotFound,

    /// <summary>The entity's latest row is older than the view's ttl. The value is null.</summary>
    OutsideMaxAge,
}
