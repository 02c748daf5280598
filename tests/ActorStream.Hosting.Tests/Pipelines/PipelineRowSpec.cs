using System.Text;
using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Pipelines;
using ActorStream.Storage.Contracts;
using Xunit;

namespace ActorStream.Hosting.Tests.Pipelines;

public sealed class PipelineRowSpec
{
    private static readonly PipelineSpec Orders = OrdersPipeline.Spec with
    {
        Version = 3, Sinks = [new SinkSpec(SinkKind.InfluxDb, "i", "http://h:8086/?db=x"), new SinkSpec(SinkKind.Kafka, "k", "mailto://a@b")],
    };

    [Theory]
    [InlineData(true, PipelineOwner.Http, false)]
    [InlineData(false, PipelineOwner.Settings, false)]
    [InlineData(true, PipelineOwner.Settings, true)]
    public void A_row_is_read_as_it_was_written_and_keeps_its_version_where_the_spec_is_the_same(bool isRunning, PipelineOwner owner, bool isDeleted)
    {
        var entry = new PipelineEntry("orders", Orders, isRunning, owner, isDeleted, 3) { Retired = RetiredNames.None.Add("session", "session-5").Add("tumbling", "tumbling-9") };

        var kept = Read(PipelineRow.Write(entry, isChange: false), 9);
        var changed = Read(PipelineRow.Write(entry, isChange: true), 9);

        Assert.Equal((isRunning, owner, isDeleted, 9L), (kept.IsRunning, kept.Owner, kept.IsDeleted, kept.Position));
        Assert.Equal((3L, 9L), (kept.Spec!.Version, changed.Spec!.Version));
        Assert.True(PipelineUpdate.Compare(Orders, kept.Spec, RetiredNames.None).IsNothing);
        Assert.Equal(Orders.Sinks, kept.Spec.Sinks);
        Assert.Equal(entry.Retired, kept.Retired);
        Assert.Equal(entry.Retired, changed.Retired);
    }

    [Fact]
    public void A_row_that_retires_no_name_has_no_member_for_it_and_is_read_as_those_of_older_versions_are()
    {
        var row = PipelineRow.Write(new PipelineEntry("orders", Orders, true, PipelineOwner.Http, false, 3), isChange: false);

        Assert.DoesNotContain("retired", Encoding.UTF8.GetString(row.Span));
        Assert.Empty(Read(row, 4).Retired);
    }

    [Theory]
    [InlineData("""{"running":false}""", false)]
    [InlineData("""{"running":true}""", true)]
    public void A_row_of_an_older_version_says_whether_it_runs(string row, bool isRunning)
    {
        var change = Read(Encoding.UTF8.GetBytes(row), 4);

        Assert.Equal(new PipelineChange("orders", isRunning, 4), change);
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"running":"perhaps"}""")]
    [InlineData("""{"running":true,"spec":{"id":"other","source":{"type":"topic","topic":"a"},"windows":[{"type":"tumbling","size_ms":1}]}}""")]
    [InlineData("""{"running":true,"spec":{"id":"orders","from_the_future":1}}""")]
    [InlineData("""{"running":true,"spec":{"id":"orders","source":{"type":"topic","topic":"a"},"windows":[{"type":"tumbling","size_ms":1}]},"retired":[]}""")]
    [InlineData("""{"running":true,"spec":{"id":"orders","source":{"type":"topic","topic":"a"},"windows":[{"type":"tumbling","size_ms":1}]},"retired":{"session":null}}""")]
    public void A_row_that_cannot_be_read_runs_says_nothing_more_and_why(string row)
    {
        var change = PipelineRow.Read(new CompactedRecord("orders", Encoding.UTF8.GetBytes(row), 4, 0), out var fault);

        Assert.Equal(new PipelineChange("orders", true, 4), change);
        Assert.NotEmpty(fault!);
    }

    private static PipelineChange Read(ReadOnlyMemory<byte> row, long position)
    {
        var change = PipelineRow.Read(new CompactedRecord("orders", row, position, 0), out var fault);
        Assert.Null(fault);
        return change;
    }
}
