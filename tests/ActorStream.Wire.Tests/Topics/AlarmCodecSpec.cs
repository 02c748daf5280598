using ActorStream.Domain.Alarms;
using ActorStream.Wire.Protos;
using ActorStream.Wire.Tests.Serialization;
using ActorStream.Wire.Topics;
using Google.Protobuf;
using Xunit;

namespace ActorStream.Wire.Tests.Topics;

public sealed class AlarmCodecSpec
{
    [Fact]
    public void Any_alarm_comes_back_equal_to_the_bit()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var alarm = new Anything(new Random(seed)).A<AlarmRecord>();

            var back = AlarmCodec.Decode(AlarmCodec.Encode(alarm));

            Assert.True(alarm == back, $"seed {seed}");
            Assert.Equal(BitConverter.DoubleToInt64Bits(alarm.Value), BitConverter.DoubleToInt64Bits(back.Value));
        }
    }

    [Fact]
    public void An_id_made_of_rule_and_cause_takes_no_bytes()
    {
        var odd = new Anything(new Random(5)).A<AlarmRecord>();
        var usual = odd with { Id = AlarmId.Of(odd.RuleId, odd.Cause.Partition, odd.Cause.Offset) };

        var bytes = AlarmCodec.Encode(usual);

        Assert.Equal(usual, AlarmCodec.Decode(bytes));
        Assert.False(AlarmMessage.Parser.ParseFrom(bytes).HasId);
        Assert.Equal(odd, AlarmCodec.Decode(AlarmCodec.Encode(odd)));
    }

    [Fact]
    public void What_is_no_alarm_is_refused_with_its_reason()
    {
        Refused(static m => m.Value = double.NaN, "finite");
        Refused(static m => m.Value = double.PositiveInfinity, "finite");
        Refused(static m => m.ClearValue(), "missing");
        Refused(static m => m.RuleId = null, "id is missing");
        Refused(static m => m.CausePartition = null, "partition is missing");
        Refused(static m => m.Comparison = Comparison.Missing, "Comparison 0");
        Refused(static m => m.Comparison = (Comparison)77, "Comparison 77");
        Refused(static m => m.Tags.Add("odd"), "pairs");
        Refused(static m => m.Tags.Add(["b", "1", "a", "2"]), "out of order");
        Refused(static m => m.Tags.Add(["b", "1", "b", "2"]), "out of order");
        Assert.Throws<InvalidDataException>(static () => AlarmCodec.Decode([]));
        Assert.Throws<InvalidDataException>(static () => AlarmCodec.Decode([0xff, 0xff, 0xff]));
    }

    private static void Refused(Action<AlarmMessage> change, string part)
    {
        var alarm = new Anything(new Random(5)).A<AlarmRecord>() with { Series = Domain.Records.SeriesKey.Empty };
        var message = AlarmMessage.Parser.ParseFrom(AlarmCodec.Encode(alarm));
        change(message);

        var error = Assert.Throws<InvalidDataException>(() => AlarmCodec.Decode(message.ToByteArray()));

        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }
}
