using ActorStream.Domain.Joins;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;
using ActorStream.Hosting.Pipelines;
using Xunit;

namespace ActorStream.Hosting.Tests.Pipelines;

public sealed class PipelineFileSpec
{
    private const string OldYaml = """
        app_name: old engine
        debug: true
        processing:
          parallelism: 4
          queue_size: 10000
          checkpoint_interval: 30.0
        windowing:
          windows:
            - type: tumbling
              size_ms: 60000
              allowed_lateness_ms: 2000
            - type: sliding
              size_ms: 50000
              slide_ms: 15000
            - type: session
              gap_ms: 700
        watermarks:
          delay_seconds: 2.5
        monitoring:
          port: 9090
        """;

    [Fact]
    public void The_old_yaml_file_is_read_as_it_is()
    {
        var spec = SpecOf(OldYaml, "config.yaml");

        Assert.Equal(("old-engine", "old engine"), (spec.Id, spec.Name));
        Assert.Equal([WindowSpec.Tumbling(60_000, 2_000), WindowSpec.Sliding(50_000, 15_000), WindowSpec.Session(700)], spec.Windows.Specs);
        Assert.Equal(2_500, spec.Watermark.DelayMs);
        Assert.Equal(new EventFields("partition_key", "event_time", "value"), spec.Fields);
        Assert.Equal(EmitMode.Update, spec.Windows.Emit);
    }

    [Fact]
    public void The_watermark_delay_of_an_old_file_without_one_is_5_s() =>
        Assert.Equal(5_000, SpecOf("windowing:\n  windows:\n  - {type: tumbling, size_ms: 1000}\n", "a.yml").Watermark.DelayMs);

    [Fact]
    public void A_join_names_its_right_topic_and_takes_the_members_of_the_left_event_where_it_names_none()
    {
        const string hocon = """
            pipeline {
              id = paid
              source { type = topic, topic = orders }
              key = order
              join { topic = payments, type = left, value = amount }
              windows = [{ type = sliding, size_ms = 60000, slide_ms = 10000 }]
            }
            """;

        Assert.Equal(new JoinSpec("payments", JoinType.Left, new EventFields("order", "event_time", "amount")), SpecOf(hocon, "a.conf").Join);
    }

    [Fact]
    public void All_that_is_wrong_with_a_join_is_listed_at_once()
    {
        const string json = """
            {"id": "p", "source": {"type": "topic", "topic": "orders"}, "join": {"topic": "orders", "type": "outer", "key": "", "side": "right"},
             "windows": [{"type": "session", "gap_ms": 1000}, {"type": "sliding", "size_ms": 1001, "slide_ms": 1}], "aggregate": ["last"],
             "sinks": [{"type": "metrics", "target": "m"}, {"type": "influxdb", "target": "http://h/?db=d"}, {"type": "table"}, {"type": "file", "target": "f"}, {"type": "console"}]}
            """;

        var faults = PipelineFile.Read(json, "a.json").Faults;

        string[] expected =
        [
            "join.type is \"outer\"; allowed: inner, left.", "join.side is not known", "join.topic and source.topic are both \"orders\"", "join.key names a member of 0 characters",
            "a join gives pairs and sums up nothing", "windows holds 2 windows; a join has exactly one", "windows holds a session", "puts each event into 1001 windows", "sinks[0] is of type metrics", "sinks[1] is of type influxdb",
        ];
        Assert.Equal(expected.Length, faults.Count);
        Assert.All(expected, e => Assert.Contains(faults, f => f.Contains(e, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""{"type": "file", "paths": ["a.jsonl"]}""", "payments", "source.type is file")]
    [InlineData("""{"type": "topic", "topic": "orders"}""", "", "join.topic is \"\"")]
    [InlineData("""{"type": "topic", "topic": "orders"}""", "rules", "which holds no events")]
    [InlineData("""{"type": "topic", "topic": "orders"}""", "results.p", "would feed itself")]
    [InlineData("""{"type": "topic", "topic": "orders"}""", "files.x", "stand for sources that are no embedded topic")]
    public void A_join_of_what_cannot_be_joined_is_refused(string source, string topic, string sentence)
    {
        var faults = PipelineFile.Read($$"""{"id": "p", "source": {{source}}, "join": {"topic": "{{topic}}"}, "windows": [{"type": "tumbling", "size_ms": 1000}]}""", "a.json").Faults;

        Assert.Contains(sentence, Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Hocon_and_json_mean_the_same()
    {
        const string json = """
            {"id": "p1", "source": {"type": "topic", "topic": "events"}, "key": "entity", "time": "ts", "distinct": "user",
             "windows": [{"type": "sliding", "size_ms": 60000, "slide_ms": 1000, "allowed_lateness_ms": 500}], "aggregate": ["count", "last", "quantiles"], "quantiles": [0.5, 0.999],
             "watermark": {"delay_ms": 100, "idle_timeout_ms": 7000, "close_on_idle": true, "max_jump_ms": 60000, "alignment_ms": 1000}, "emit": "final",
             "sinks": [{"type": "file", "target": "out.jsonl"}, {"type": "metrics", "name": "m", "target": "p1.count", "field": "count"}], "key_groups": 8, "checkpoint_ms": 500, "bounds": {"keys": 10, "at_bound": "refuse"}}
            """;
        const string hocon = """
            pipeline {
              id = p1
              source { type = topic, topic = events }
              key = entity
              time = ts
              distinct = user
              windows = [{ type = sliding, size_ms = 60000, slide_ms = 1000, allowed_lateness_ms = 500 }]
              aggregate = [count, last, quantiles]
              quantiles = [0.5, 0.999]
              watermark { delay_ms = 100, idle_timeout_ms = 7000, close_on_idle = on, max_jump_ms = 60000, alignment_ms = 1000 }
              emit = final
              sinks = [{ type = file, target = "out.jsonl" }, { type = metrics, name = m, target = "p1.count", field = count }]
              key_groups = 8
              checkpoint_ms = 500
              bounds { keys = 10, at_bound = refuse }
            }
            """;

        var (fromJson, fromHocon) = (SpecOf(json, "p.json"), SpecOf(hocon, "p.conf"));

        Assert.Equivalent(fromJson, fromHocon, strict: true);
        Assert.Equal((8, 500, EmitMode.Final, AggregateKind.Last | AggregateKind.Quantiles), (fromJson.KeyGroups, fromJson.CheckpointMs, fromJson.Windows.Emit, fromJson.Windows.Aggregates));
        Assert.Equal(new WatermarkSpec(100, 7_000, true) { JumpMsMax = 60_000, AlignmentMs = 1_000 }, fromJson.Watermark);
        Assert.Equal([new SinkSpec(SinkKind.File, "file-0", "out.jsonl"), new SinkSpec(SinkKind.Metrics, "m", "p1.count") { Field = ResultField.Count }], fromJson.Sinks);
        Assert.Equal("results.p1", fromJson.Windows.ResultsTopic);
        Assert.Equal((10, AtBound.Refuse), (fromJson.Windows.Bounds.KeysMax, fromJson.Windows.Bounds.AtBound));
    }

    [Fact]
    public void All_faults_are_listed_at_once()
    {
        const string text = """
            processing:
              parallelism: four
              queue_size: 0
            windowing:
              windows:
                - type: hopping
                  size_ms: 1000
                - type: sliding
                  size_ms: 1000
                  slide_ms: 2000
                - type: session
                  gap_ms: 0
                - type: tumbling
                  size_ms: 1000
                  allowed_lateness_ms: -1
                - type: tumbling
                  size_ms: "60000x"
            watermarks:
              delay_seconds: soon
            """;

        var faults = PipelineFile.Read(text, "bad.yaml").Faults;

        foreach (var part in new[]
        {
            "processing.parallelism is \"four\"; allowed: a number", "processing.queue_size is 0; allowed: a number from 1 on", "windowing.windows[0].type is \"hopping\"; allowed: tumbling, sliding, session",
            "slide_ms is 2000 and greater than size_ms (1000)", "gap_ms is 0", "allowed_lateness_ms is -1", "windowing.windows[4].size_ms is \"60000x\"; allowed: a whole number", "watermarks.delay_seconds is \"soon\"; allowed: a number",
        })
            Assert.Contains(faults, f => f.Contains(part, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"t"},"emitt":"final"}""", "emitt is not known; here are")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"nats","topic":"t"}}""", "source.type is \"nats\"; allowed: topic, file, kafka, mock")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"kafka"}}""", "source.topic is \"\"; name a topic")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"kafka","topic":"t","paths":["x"]}}""", "source.paths is not known; here are topic, type")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"kafka","topic":"t"},"sinks":[{"type":"kafka","target":"t"}]}""", "would feed itself")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"mock","rate":0}}""", "source.rate is 0; it goes from 1 to 10000000")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"mock","start":"soon"}}""", "source.start is \"soon\"; allowed: a time as ISO 8601 has it")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"mock"},"sinks":[{"type":"table","keep_ms":-1}]}""", "sinks[0].keep_ms is -1; it goes from 0 (for ever)")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"mock"},"sinks":[{"type":"file","target":"f","keep_ms":1}]}""", "sinks[0].keep_ms is not known")]
    [InlineData("""{"windows":[],"source":{"type":"topic","topic":"t"}}""", "windows is empty")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic"}}""", "source.topic is \"\"")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"t"},"id":"a b"}""", "id is \"a b\"")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"t"},"aggregate":["median"]}""", "aggregate holds \"median\"; allowed: count")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"x"},"results":"x"}""", "would feed itself")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"t"},"sinks":[{"type":"file"}]}""", "sinks[0].target is missing")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"t"},"sinks":[{"type":"table","target":"mine"}]}""", "sinks[0].target is \"mine\"; a sink of type table writes to window_result")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"t"},"sinks":[{"type":"console","name":"a/b"}]}""", "sinks[0].name is \"a/b\"")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"t"},"sinks":[{"type":"metrics","target":"m","field":"median"}]}""", "sinks[0].field is \"median\"; allowed: count, sum, min, max, avg, last")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"t"},"sinks":[{"type":"metrics","target":"m","field":"last"}]}""", "sinks[0].field is last, and aggregate does not hold last")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"t"},"sinks":[{"type":"file","target":"f","field":"avg"}]}""", "sinks[0].field is not known; here are name, target, type")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"metrics"},"sinks":[{"type":"metrics","target":"m"}]}""", "would feed itself")]
    [InlineData("""{"windows":[{"type":"tumbling","size_ms":1000}],"source":{"type":"topic","topic":"t"},"sinks":[{"type":"influxdb","target":"http://h:8086"}]}""", "sinks[0].target is \"http://h:8086\" and does not say which database")]
    [InlineData("""{"windows":7,"source":{"type":"topic","topic":"t"}}""", "windows is 7; allowed: a list of objects")]
    [InlineData("[1]", "The JSON is no object")]
    [InlineData("{", "No JSON")]
    public void A_fault_names_path_value_and_what_is_allowed(string json, string said) =>
        Assert.Contains(PipelineFile.Read(json, "p1.json").Faults, f => f.Contains(said, StringComparison.Ordinal));

    [Fact]
    public void A_name_of_no_format_is_refused_with_the_names_that_are() =>
        Assert.Equal(["The name ends in \".txt\"; .yaml, .yml, .json, .conf and .hocon are known."], PipelineFile.Read("{}", "p.txt").Faults);

    private static PipelineSpec SpecOf(string text, string fileName)
    {
        var reading = PipelineFile.Read(text, fileName);
        Assert.Empty(reading.Faults);
        return reading.Spec!;
    }
}
