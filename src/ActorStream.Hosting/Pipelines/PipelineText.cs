using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorStream.Hosting.Options;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ActorStream.Hosting.Pipelines;

/// <summary>A text in YAML, HOCON or JSON as one tree of objects, lists and values.</summary>
internal static class PipelineText
{
    /// <summary>The format is told by the file's name: .yaml, .yml, .json, .conf, .hocon.</summary>
    /// <exception cref="FormatException">The text is none of its format; says where, or the name is of no format.</exception>
    public static JsonObject Parse(string text, string fileName) => Path.GetExtension(fileName).ToLowerInvariant() switch
    {
        ".yaml" or ".yml" => FromYaml(text),
        ".json" => FromJson(text),
        ".conf" or ".hocon" => FromHocon(text),
        var other => throw new FormatException($"The name ends in \"{other}\"; .yaml, .yml, .json, .conf and .hocon are known."),
    };

    private static JsonObject FromJson(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) as JsonObject
                ?? throw new FormatException("The JSON is no object.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"No JSON: {e.Message}", e);
        }
    }

    private static JsonObject FromYaml(string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root
                ? (JsonObject)FromYaml(root)!
                : throw new FormatException($"The YAML holds {stream.Documents.Count} documents, the first of which must be a mapping; one is needed.");
        }
        catch (YamlException e)
        {
            throw new FormatException($"No YAML at line {e.Start.Line}, column {e.Start.Column}: {e.Message}", e);
        }
    }

    private static JsonNode? FromYaml(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value ?? "", FromYaml(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(FromYaml)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => FromPlain(plain.Value ?? ""),
        YamlScalarNode quoted => JsonValue.Create(quoted.Value ?? ""),
        _ => null,
    };

    /// <summary>Unquoted text of YAML is a number or a switch where it looks like one.</summary>
    private static JsonNode? FromPlain(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" or "True" => JsonValue.Create(true),
        "false" or "False" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };

    private static JsonObject FromHocon(string text)
    {
        if (HoconBalance.Unclosed(text) is { } open)
            throw new FormatException($"No HOCON: {open}.");
        try
        {
            return FromHocon(ConfigurationFactory.ParseString(text).Root) as JsonObject ?? [];
        }
        catch (Exception e) when (e is FormatException or ConfigurationException or InvalidOperationException)
        {
            throw new FormatException($"No HOCON: {e.Message}", e);
        }
    }

    private static JsonNode? FromHocon(HoconValue value)
    {
        if (value.IsObject())
            return new JsonObject(value.GetObject().Items.Select(i => KeyValuePair.Create(i.Key, FromHocon(i.Value))));
        return value.IsArray() ? new JsonArray([.. value.GetArray().Select(FromHocon)]) : JsonValue.Create(value.GetString());
    }
}
