using System.Text.Json.Serialization;

namespace ActorStream.Streams.Readers;

/// <summary>What a reader says of itself, as JSON in a <see cref="Domain.Nodes.Report"/>.</summary>
public sealed record ReaderReport(string ReaderId, string Owner, long? Position, long? Next, int? Tracked, long? CommittedAtMs);

[JsonSerializable(typeof(ReaderReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
public sealed partial class ReaderReportJson : JsonSerializerContext;
