using System.Text.Json.Nodes;
using Features.Core.Definitions.Yaml;

namespace Features.Core.Definitions;

/// <summary>A definition in the shape in which its YAML is written. What is at its default is left out, so that a new key with a default changes no hash.</summary>
internal static class DefinitionJson
{
    public static JsonObject ToJson(Definition definition)
    {
        var json = new JsonObject { ["kind"] = definition.Kind, ["name"] = definition.Name };
        Put(json, "description", definition.Description);
        Put(json, "owner", definition.Owner);
        Put(json, "tags", Map(definition.Tags));
        switch (definition)
        {
            case Pipeline pipeline:
                Add(json, pipeline);
                break;
            case Entity entity:
                json["keys"] = List(entity.Keys, k => new JsonObject { ["name"] = k.Name, ["type"] = k.Type });
                break;
            case FeatureView view:
                Add(json, view);
                break;
            case FeatureSource source:
                Put(json, "table", source.Table);
                Put(json, "parquet", source.Parquet);
                Put(json, "fields", Map(source.Fields));
                break;
            case OnDemandView view:
                Put(json, "inputs", Texts(view.Inputs));
                Put(json, "request", List(view.Request, r => new JsonObject { ["name"] = r.Name, ["type"] = r.Type }));
                json["features"] = List(view.Features, FeatureJson);
                break;
            case PushSource source:
                json["table"] = source.Table;
                break;
            case FeatureService service:
                json["features"] = Texts(service.Features);
                break;
            case TrainingSet set:
                Add(json, set);
                break;
            case Contract contract:
                Put(json, "version", contract.Version);
                json["columns"] = List(contract.Columns, Column);
                Put(json, "rules", Rules(contract.Rules));
                break;
            default:
                throw new InvalidOperationException($"no JSON form of {definition.Kind}");
        }

        return json;
    }

    private static void Add(JsonObject json, Pipeline pipeline)
    {
        json["source"] = new JsonObject { ["match"] = pipeline.Match };
        Put(json, "contract", pipeline.Contract);
        Put(json, "clean", pipeline.Clean);
        Put(json, "rules", Rules(pipeline.Rules));
        var target = new JsonObject { ["table"] = pipeline.Target.Table };
        Put(target, "partition", Texts(pipeline.Target.Partition));
        Put(target, "sort", Texts(pipeline.Target.Sort));
        json["target"] = target;
        Put(json, "column_tags", new JsonObject(pipeline.ColumnTags.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)Map(c.Value)))));
    }

    private static void Add(JsonObject json, FeatureView view)
    {
        json["entity"] = view.EntityName;
        Put(json, "source", view.Source);
        Put(json, "sql", view.Sql);
        var clocks = new JsonObject { ["event"] = view.Clocks.Event };
        Put(clocks, "available", view.Clocks.Available);
        if (view.Clocks.Inclusive)
        {
            clocks["inclusive"] = true;
        }

        json["clocks"] = clocks;
        Put(json, "ttl", view.Ttl is { } ttl ? Duration.Format(ttl) : null);
        json["features"] = List(view.Features, FeatureJson);
        Put(json, "order_by", Texts(view.OrderBy));
    }

    private static void Add(JsonObject json, TrainingSet set)
    {
        json["service"] = set.Service;
        json["spine"] = set.Spine;
        json["timestamp"] = set.Timestamp;
        Put(json, "label", set.Label is { } label ? LabelJson(label) : null);
        Put(json, "split", set.Split is { } split ? SplitJson(split) : null);
        Put(json, "transformations", List(set.Transformations, TransformationJson));
        Put(json, "spine_features", Texts(set.SpineFeatures));
        if (set.FullNames)
        {
            json["full_names"] = true;
        }
    }

    private static JsonNode LabelJson(Label label)
    {
        if (label is { Matures: null, KnownAt: null })
        {
            return JsonValue.Create(label.Column);
        }

        var json = new JsonObject { ["column"] = label.Column };
        Put(json, "matures", label.Matures is { } matures ? Duration.Format(matures) : null);
        Put(json, "known_at", label.KnownAt);
        return json;
    }

    private static JsonObject SplitJson(Split split)
    {
        var json = new JsonObject { ["by"] = Choice.Name(split.By) };
        Put(json, "columns", Texts(split.Columns));
        Put(json, "seed", split.Seed == 0 ? null : split.Seed);
        Put(json, "gap", split.Gap == TimeSpan.Zero ? null : Duration.Format(split.Gap));
        json["parts"] = List(split.Parts, part =>
        {
            var item = new JsonObject { ["name"] = part.Name };
            Put(item, "share", part.Share);
            Put(item, "until", part.Until is { } until ? Moments.Format(until) : null);
            return item;
        });
        return json;
    }

    private static JsonObject TransformationJson(Transformation transformation)
    {
        var json = new JsonObject { ["column"] = transformation.Column, ["kind"] = Choice.Name(transformation.Kind) };
        Put(json, "as", transformation.As);
        Put(json, "size", transformation.Size);
        Put(json, "by", transformation.By is { } by ? Choice.Name(by) : null);
        Put(json, "value", transformation.Value);
        return json;
    }

    private static JsonObject FeatureJson(Feature feature)
    {
        var json = new JsonObject { ["name"] = feature.Name };
        if (feature.Aggregate is { } aggregate)
        {
            json["aggregate"] = $"{aggregate.ToString().ToLowerInvariant()}({feature.Expression})";
            Put(json, "window", feature.Window is { } window ? Duration.Format(window) : null);
        }
        else
        {
            json["expression"] = feature.Expression;
        }

        Put(json, "closed", feature.Closed == default ? null : Choice.Name(feature.Closed));
        Put(json, "description", feature.Description);
        Put(json, "owner", feature.Owner);
        Put(json, "tags", Map(feature.Tags));
        return json;
    }

    private static JsonObject Column(ContractColumn column)
    {
        var json = new JsonObject { ["name"] = column.Name, ["type"] = column.Type };
        if (column.Required)
        {
            json["required"] = true;
        }

        Put(json, "tags", Map(column.Tags));
        return json;
    }

    private static JsonArray Rules(IReadOnlyList<QualityRule> rules) => List(rules, r => new JsonObject { ["id"] = r.Id, ["expression"] = r.Expression });

    private static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode> json) => new([.. items.Select(json)]);

    private static JsonArray Texts(IEnumerable<string> items) => List(items, i => JsonValue.Create(i)!);

    private static JsonObject Map(IReadOnlyDictionary<string, string> map) => new(map.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));

    private static void Put(JsonObject json, string key, JsonNode? value)
    {
        if (value is not (null or JsonObject { Count: 0 } or JsonArray { Count: 0 }))
        {
            json[key] = value;
        }
    }
}
