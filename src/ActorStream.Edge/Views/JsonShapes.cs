using System.Text.Json.Serialization;
using ActorStream.Edge.Pipelines;
using ActorStream.Hosting.Facade;

namespace ActorStream.Edge.Views;

/// <summary>Everything the edge answers as JSON, except rules and the replies of the ingest route. Null is written: unknown is named, never left out.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(HealthView))]
[JsonSerializable(typeof(StatusView))]
[JsonSerializable(typeof(NodeStatusView))]
[JsonSerializable(typeof(ClusterView))]
[JsonSerializable(typeof(ClusterStatusView))]
[JsonSerializable(typeof(IReadOnlyList<AlarmView>))]
[JsonSerializable(typeof(AlarmDetailView))]
[JsonSerializable(typeof(RuleExplainView))]
[JsonSerializable(typeof(WebhooksView))]
[JsonSerializable(typeof(DeadLettersView))]
[JsonSerializable(typeof(IReadOnlyList<SourceView>))]
[JsonSerializable(typeof(MetricAlarmView))]
[JsonSerializable(typeof(IReadOnlyList<ShardTypeView>))]
[JsonSerializable(typeof(IReadOnlyList<ShardRegionView>))]
[JsonSerializable(typeof(IReadOnlyList<NoticeGroupView>))]
[JsonSerializable(typeof(PipelinesReply))]
[JsonSerializable(typeof(PipelineStatsView))]
[JsonSerializable(typeof(PlanView))]
[JsonSerializable(typeof(WatermarksView))]
[JsonSerializable(typeof(WindowsView))]
[JsonSerializable(typeof(StateView))]
[JsonSerializable(typeof(CheckpointReply))]
[JsonSerializable(typeof(CheckpointsView))]
[JsonSerializable(typeof(System.Text.Json.JsonElement))]
[JsonSerializable(typeof(MessageView))]
[JsonSerializable(typeof(AlarmIdView))]
[JsonSerializable(typeof(string))]
internal sealed partial class JsonShapes : JsonSerializerContext;
