using System.Text.Json.Nodes;
using ActorStream.Domain.Joins;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;
using ActorStream.Hosting.Pipelines;
using Xunit;

namespace ActorStream.Hosting.Tests.Pipelines;

public sealed class PipelineJsonSpec
{
    [Fact]
    public void What_is_written_is_read_as_the_same_pipeline()
    {
        var everything = OrdersPipeline.Spec with
        {
            Name = "Orders \"by\" shop",
            Fields = new EventFields("shop", "at", "amount") { Distinct = "customer" },
            Windows = new WindowPlan("orders", [WindowSpec.Tumbling(1_000, 50), WindowSpec.Sliding(60_000, 7_000), WindowSpec.Session(30_000, 1)], "elsewhere")
            {
                Aggregates = AggregateKind.Last | AggregateKind.StdDev | AggregateKind.Distinct | AggregateKind.Quantiles, Quantiles = [0.1, 0.999], Emit = EmitMode.Final, Bounds = new WindowBounds(9, 99, AtBound: AtBound.Refuse),
            },
            Watermark = new WatermarkSpec(1, 2, true) { JumpMsMax = 3, AlignmentMs = 4 },
            Sinks = [.. Enum.GetValues<SinkKind>().Select(k => new SinkSpec(k, $"sink-{k}", k switch { SinkKind.Table => "", SinkKind.InfluxDb => "http://127.0.0.1:8086/write?db=d", _ => "somewhere" }) { Field = k == SinkKind.Metrics ? ResultField.Last : ResultField.Avg, KeepMs = k == SinkKind.Table ? 86_400_000 : 0 })],
            KeyGroups = 7,
            CheckpointMs = 250,
        };

        Assert.Equal(Written(everything), Written(Read(everything)));
        Assert.Equal(Written(OrdersPipeline.Spec), Written(Read(OrdersPipeline.Spec)));
        Assert.Equal((AggregateKind)15, Read(everything).Windows.Aggregates);
        Assert.Equal(everything.Windows.Specs, Read(everything).Windows.Specs);
        Assert.Equal(everything.Sinks, Read(everything).Sinks);
        Assert.Equal(everything.Windows.Bounds, Read(everything).Windows.Bounds);
        Assert.Equal((everything.Watermark, everything.Fields, 7, 250), (Read(everything).Watermark, Read(everything).Fields, Read(everything).KeyGroups, Read(everything).CheckpointMs));
    }

    [Fact]
    public void A_join_is_read_as_it_was_written()
    {
        var spec = OrdersPipeline.Spec with { Join = new JoinSpec("payments-in", JoinType.Left, new EventFields("order", "paid_at", "amount")) };

        Assert.Equal("""{"topic":"payments-in","type":"left","key":"order","time":"paid_at","value":"amount"}""", PipelineJson.Write(spec)["join"]!.ToJsonString());
        Assert.Equal(spec.Join, Read(spec).Join);
        Assert.Null(Read(OrdersPipeline.Spec).Join);
    }

    [Fact]
    public void Files_are_written_as_paths()
    {
        var files = OrdersPipeline.Spec with { Source = SourceSpec.OfFiles("a.jsonl", "b.jsonl") with { IsBounded = true } };

        Assert.Equal("""{"type":"file","paths":["a.jsonl","b.jsonl"],"bounded":true}""", PipelineJson.Write(files)["source"]!.ToJsonString());
        Assert.Equal(files.Source.Paths, Read(files).Source.Paths);
    }

    [Fact]
    public void A_mock_is_written_with_every_number_and_a_topic_of_Kafka_with_its_name()
    {
        var mock = OrdersPipeline.Spec with { Source = SourceSpec.OfMock(new MockSpec(2, 3, 4, 5, -6, 7) { StartMs = 1_767_225_600_001 }) };
        var kafka = OrdersPipeline.Spec with { Source = SourceSpec.OfKafka("readings") };

        Assert.Equal(
            """{"type":"mock","partitions":2,"keys":3,"rate":4,"count":5,"seed":-6,"out_of_order_ms":7,"start":"2026-01-01T00:00:00.001Z"}""", PipelineJson.Write(mock)["source"]!.ToJsonString());
        Assert.Equal((mock.Source.Mock, true), (Read(mock).Source.Mock, Read(mock).Source.IsBounded));
        Assert.Equal("""{"type":"kafka","topic":"readings"}""", PipelineJson.Write(kafka)["source"]!.ToJsonString());
        Assert.Equal((SourceKind.Kafka, "readings", "kafka:readings"), (Read(kafka).Source.Kind, Read(kafka).Source.Topic, Read(kafka).SourceName));
    }

    [Fact]
    public void A_password_in_a_url_is_masked()
    {
        var spec = OrdersPipeline.Spec with { Sinks = [new SinkSpec(SinkKind.InfluxDb, "influx", "https://me:secret@influx.example/write?db=a")] };

        Assert.Equal("https://***@influx.example/write?db=a", PipelineJson.Write(spec)["sinks"]![0]!["target"]!.ToString());
    }

    private static string Written(PipelineSpec spec) => PipelineJson.Write(spec).ToJsonString();

    private static PipelineSpec Read(PipelineSpec spec)
    {
        var reading = PipelineFile.Read(JsonNode.Parse(Written(spec))!.AsObject(), "nobody");
        Assert.Empty(reading.Faults);
        return reading.Spec!;
    }
}
