using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>A broker that answers and does not let this node in: which settings are to be corrected. librdkafka tells it aside of the request, which only runs out of time.</summary>
public static class KafkaRefusal
{
    private const string Sasl = "correct sasl.mechanism, sasl.username and sasl.password";
    private const string Tls = "correct ssl.ca.location, or the names in the broker's certificate";

    /// <summary>Null: the error is none of these.</summary>
    public static string? Remedy(Error error) => error.Code switch
    {
        ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism => $"{Sasl} in kafka.client",
        ErrorCode.Local_Ssl => $"{Tls}, in kafka.client",
        _ => null,
    };
}
