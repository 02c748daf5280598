using System.Text;
using ActorStream.Domain.Joins;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Topics;
using Xunit;

namespace ActorStream.Wire.Tests.Topics;

public sealed class JoinJsonSpec
{
    private const long Start = 1_764_000_000_000;

    private static readonly JoinResult Pair = new(
        "orders-paid", "tumbling", "key_with_1", WindowType.Tumbling, Start, Start + 10_000, 0, new JoinedEvent(Start + 1, 17.25, 2, 1, 40), new JoinedEvent(Start + 9, -0.5, 0, 1, 7));

    [Fact]
    public void A_pair_has_the_members_of_every_result_and_both_events_as_data() => Assert.Equal(
        """{"window_id":"tumbling_key_with_1_1764000000000","window_start":"2025-11-24T16:00:00.000Z","window_end":"2025-11-24T16:00:10.000Z","data":{"left":{"value":17.25,"time":"2025-11-24T16:00:00.001Z"},"right":{"value":-0.5,"time":"2025-11-24T16:00:00.009Z"}},"event_time":"2025-11-24T16:00:00.009Z","result_id":"orders-paid/tumbling_key_with_1_1764000000000_2.40_0.7","revision":0}""",
        Encoding.UTF8.GetString(JoinJson.Encode(Pair)));

    [Fact]
    public void A_left_event_alone_has_null_for_the_right_one_and_its_retraction_says_so() => Assert.Equal(
        """{"window_id":"tumbling_key_with_1_1764000000000","window_start":"2025-11-24T16:00:00.000Z","window_end":"2025-11-24T16:00:10.000Z","data":{"left":{"value":17.25,"time":"2025-11-24T16:00:00.001Z"},"right":null},"event_time":"2025-11-24T16:00:00.001Z","result_id":"orders-paid/tumbling_key_with_1_1764000000000_2.40_none","revision":1,"retracted":true}""",
        Encoding.UTF8.GetString(JoinJson.Encode(Pair with { Right = null, Revision = 1 })));

    [Fact]
    public void A_row_is_read_back_with_an_id_of_its_own_and_the_number_of_its_events()
    {
        var (pair, alone, retracted) = (Read(Pair), Read(Pair with { Right = null }), Read(Pair with { Right = null, Revision = 1 }));

        Assert.Equal(("orders-paid", "tumbling_key_with_1_1764000000000_2.40_0.7", "key_with_1", "tumbling_key_with_1_1764000000000", false), (pair.PipelineId, pair.RowId, pair.Key, pair.WindowId, pair.IsRetracted));
        Assert.Equal((2L, Start + 9, 1L, Start + 1), (pair.Data.Count, pair.Data.LastUpdatedMs, alone.Data.Count, alone.Data.LastUpdatedMs));
        Assert.Equal((true, 1, 0L, "tumbling_key_with_1_1764000000000_2.40_none"), (retracted.IsRetracted, retracted.Revision, retracted.Data.Count, retracted.RowId));
    }

    [Fact]
    public void A_row_whose_id_is_not_that_of_its_window_is_refused()
    {
        var text = Encoding.UTF8.GetString(JoinJson.Encode(Pair)).Replace("paid/tumbling", "paid/sliding", StringComparison.Ordinal);

        Assert.Contains("result_id", Assert.Throws<InvalidDataException>(() => ResultReader.Read(Encoding.UTF8.GetBytes(text))).Message, StringComparison.Ordinal);
    }

    private static ResultRecord Read(JoinResult row) => ResultReader.Read(JoinJson.Encode(row));
}
