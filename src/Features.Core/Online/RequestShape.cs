using Features.Core.Definitions;

namespace Features.Core.Online;

/// <summary>What of a request says how it is answered, whatever its rows; plans are kept by it.</summary>
internal readonly struct RequestShape(OnlineRequest request) : IEquatable<RequestShape>
{
    private readonly OnlineRequest request = request;

    public bool Equals(RequestShape other) => request.Service == other.request.Service && request.FullNames == other.request.FullNames && request.TrainingSet == other.request.TrainingSet
        && (ReferenceEquals(request.Features, other.request.Features) || request.Features.SequenceEqual(other.request.Features));

    public override bool Equals(object? obj) => obj is RequestShape other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(request.Service);
        hash.Add(request.TrainingSet);
        foreach (var feature in request.Features)
        {
            hash.Add(feature);
        }

        return hash.ToHashCode();
    }

    /// <summary>The references that it asks for, what names them for the audit, and whether with full names.</summary>
    public (IReadOnlyList<string> References, string Name, bool FullNames) Resolve(DefinitionSet set)
    {
        var (service, fullNames) = (request.Service, request.FullNames);
        if (service is null && request.Features.Count == 0 && request.TrainingSet is { } named && set.Find<TrainingSet>(named) is { } training)
        {
            (service, fullNames) = (training.Service, training.FullNames);
        }

        if (service is null)
        {
            return request.Features.Count > 0
                ? (request.Features, "features", fullNames)
                : throw new OnlineException("no features were asked for; name a feature service, view:feature or view:*");
        }

        if (request.Features.Count > 0)
        {
            throw new OnlineException($"both the service '{service}' and features were asked for; ask for one of them");
        }

        var found = set.Find<FeatureService>(service)
            ?? throw new OnlineException($"there is no feature service '{service}'; {NearNames.Hint(service, [.. set.Definitions.OfType<FeatureService>().Select(s => s.Name)], "services")}", "service-missing");
        return (found.Features, service, fullNames);
    }
}
