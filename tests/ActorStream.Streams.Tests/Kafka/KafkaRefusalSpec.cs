using ActorStream.Streams.Kafka;
using Confluent.Kafka;

namespace ActorStream.Streams.Tests.Kafka;

public sealed class KafkaRefusalSpec
{
    [Theory]
    [InlineData(ErrorCode.Local_Authentication, "sasl.password")]
    [InlineData(ErrorCode.SaslAuthenticationFailed, "sasl.username")]
    [InlineData(ErrorCode.UnsupportedSaslMechanism, "sasl.mechanism")]
    [InlineData(ErrorCode.Local_Ssl, "ssl.ca.location")]
    public void A_refusal_names_the_setting_to_correct(ErrorCode code, string setting) => Assert.Contains(setting, KafkaRefusal.Remedy(new Error(code)));

    [Theory]
    [InlineData(ErrorCode.Local_Transport)]
    [InlineData(ErrorCode.Local_AllBrokersDown)]
    [InlineData(ErrorCode.Local_TimedOut)]
    [InlineData(ErrorCode.UnknownTopicOrPart)]
    public void What_is_only_away_is_no_refusal(ErrorCode code) => Assert.Null(KafkaRefusal.Remedy(new Error(code)));
}
