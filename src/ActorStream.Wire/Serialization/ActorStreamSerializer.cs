using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;

namespace ActorStream.Wire.Serialization;

/// <summary>The one serializer of everything that is ours: messages between nodes, events and snapshots of the journal.</summary>
/// <remarks>Safe from any thread. An unknown type, an unknown manifest and bytes that do not fit are exceptions: an event that cannot be read must stop the recovery.</remarks>
public sealed class ActorStreamSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Stands in every stored row: never changed, never given to another serializer.</summary>
    public const int SerializerId = 4711;

    /// <summary>Every type with a form of its own.</summary>
    public static IReadOnlyList<Type> BoundTypes { get; } = [.. WireForms.All.Select(static f => f.Type)];

    /// <summary>HOCON that makes Akka use this serializer for <see cref="BoundTypes"/>.</summary>
    public static string Hocon { get; } = WriteHocon();

    public override int Identifier => SerializerId;

    /// <exception cref="SerializationException">The type has no form.</exception>
    public override string Manifest(object o) => WireForms.Of(o).Manifest;

    /// <exception cref="SerializationException">The type has no form, or holds something that has none.</exception>
    public override byte[] ToBinary(object obj) => WireForms.Of(obj).Encode(obj);

    /// <exception cref="SerializationException">The manifest is unknown, or the bytes do not fit it.</exception>
    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    /// <summary>What a stored row holds, for those who have no actor system.</summary>
    /// <inheritdoc cref="FromBinary(byte[], string)"/>
    public static object Read(ReadOnlySpan<byte> bytes, string manifest)
    {
        var form = WireForms.Of(manifest);
        try
        {
            return form.Decode(bytes);
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or SerializationException)
        {
            throw new SerializationException($"{bytes.Length} bytes of manifest \"{manifest}\" ({form.Type.Name}) cannot be read: {error.Message}", error);
        }
    }

    private static string WriteHocon()
    {
        static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
        var text = new StringBuilder($$"""
            akka.actor {
              serializers.actorstream = "{{NameOf(typeof(ActorStreamSerializer))}}"
              serialization-identifiers { "{{NameOf(typeof(ActorStreamSerializer))}}" = {{SerializerId}} }
              serialization-bindings {

            """);
        foreach (var type in BoundTypes)
            text.Append("    \"").Append(NameOf(type)).Append("\" = actorstream\n");
        return text.Append("  }\n}\n").ToString();
    }
}
