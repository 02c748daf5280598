using System.Text;
using ActorStream.Wire.Topics;
using Xunit;
using Xunit.Abstractions;

namespace ActorStream.Wire.Tests.Topics;

/// <summary>Bytes from outside, changed at random: nothing throws, and every answer holds together. Repeat a run with the environment variable <c>ACTORSTREAM_SEED</c>.</summary>
public sealed class MutatedBodiesSpec(ITestOutputHelper output)
{
    private const int Iterations = 20_000;

    private static readonly string[] Seeds =
    [
        """{"name":"received-packages","value":501}""",
        """{"value": -1.5e3, "tags": {"machine": 12354, "größe": "\u00e9\ud83d\ude80"}, "ts": "2023-11-14T22:13:20.123+01:00"}""",
        """[{"name":"a","value":1},{"name":"b","value":2,"ts":1700000000000},{"name":"c","value":"x"}]""",
        "{\"name\":\"a\",\"value\":1}\n\n{\"name\":\"b\",\"value\":2}\r\n{\"name\":\"c\",\"va",
        """{"id":"6f1d2c3b-4a59-4687-9786-a5b4c3d2e1f0","metric_name":"m","threshold":500,"discord_webhook_url":"https://discord.com/api/webhooks/1/t","operator":">=","tags":{}}""",
        """{"metric_name":"m","threshold":5,"webhook_url":"https://x.org/t","window_duration_seconds":0.25,"cooldown_seconds":1e1,"tags":{"a":[1,"b"],"c":2},"clear_when":{"operator":"<","threshold":4},"for_seconds":3,"stale_after_seconds":9,"on_resolve":"message"}""",
    ];

    private static readonly byte[][] Pieces = [.. new[] { "\"", "\\", "\\ud800", "\\u0000", "{", "}", "[", "]", ",", ":", "null", "true", "1e999", "-", "0", "\n", "\"value\"", "\"name\"", "\uFEFF", "\u0085" }.Select(Encoding.UTF8.GetBytes)];

    [Fact]
    public void Samples_are_read_or_refused_with_a_sentence()
    {
        var json = new SampleJson(new SeriesInterner());
        ForEachBody(body =>
        {
            if (json.TryRead(body, out var sample, out var why))
                Assert.True(double.IsFinite(sample.Value));
            else
                Assert.True(why.Reason != UnreadableReason.None && why.Sentence.Length > 0);
        });
    }

    [Fact]
    public void Bodies_of_samples_are_taken_or_refused_and_what_is_taken_can_be_read()
    {
        var json = new SampleJson(new SeriesInterner());
        var ingest = new SampleIngest(3, new SeriesInterner());
        ForEachBody(body =>
        {
            foreach (var isNdjson in (bool[])[false, true])
            {
                var outcome = ingest.Read(body, isNdjson);

                Assert.Equal(outcome.Tally.Accepted, CountReadable(ingest, json));
                Assert.Equal(outcome.Fault == IngestFault.None, outcome.Detail is null);
                Assert.Equal(outcome.IsSingle && outcome.Tally.Accepted == 1, outcome.Name is not null);
            }
        });
    }

    [Fact]
    public void Rules_are_read_or_refused_and_what_is_read_can_be_written() => ForEachBody(static body =>
    {
        foreach (var id in (Guid?[])[null, Guid.NewGuid()])
        {
            var reading = RuleJson.Parse(body, id);

            Assert.NotEqual(reading.Rule is null, reading.Faults.Count == 0);
            if (reading.Rule is { } rule)
                Assert.Equal(rule, RuleJson.Parse(RuleJson.Write(rule), null).Rule);
        }
    });

    private static int CountReadable(SampleIngest ingest, SampleJson json)
    {
        var count = 0;
        foreach (var (_, batch) in ingest.Batches)
        {
            var reader = new RecordBatchReader(batch.Written.Span);
            while (reader.Next())
            {
                Assert.InRange(reader.Key.Length, 1, SampleIngest.NameBytesMax);
                Assert.True(json.TryRead(reader.Value, out _, out var why), why.Sentence);
                count++;
            }
        }
        return count;
    }

    private void ForEachBody(Action<byte[]> check)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("ACTORSTREAM_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"ACTORSTREAM_SEED={seed}");
        var random = new Random(seed);
        for (var i = 0; i < Iterations; i++)
        {
            var body = Mutate(Encoding.UTF8.GetBytes(Seeds[random.Next(Seeds.Length)]), random);
            var error = Record.Exception(() => check(body));
            Assert.True(error is null, $"ACTORSTREAM_SEED={seed}, body {i}: {Convert.ToHexString(body)}: {error}");
        }
    }

    private static byte[] Mutate(byte[] body, Random random)
    {
        var bytes = body.ToList();
        for (var changes = random.Next(5); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            var length = random.Next(Math.Min(20, bytes.Count - at) + 1);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.InsertRange(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }
        return [.. bytes];
    }
}
