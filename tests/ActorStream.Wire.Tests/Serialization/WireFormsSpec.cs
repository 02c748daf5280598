using System.Runtime.Serialization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Wire.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Xunit;

namespace ActorStream.Wire.Tests.Serialization;

public sealed class WireFormsSpec
{
    private static readonly ActorStreamSerializer Serializer = new(null!);

    /// <summary>What crosses a wire or is stored, found by what it implements or where it lives.</summary>
    private static Type[] Found()
    {
        Type[] roots = [typeof(IEntityMessage), typeof(IStateChange), typeof(IStateSnapshot), typeof(IOutput)];
        Type[] named = [typeof(Answer), typeof(Checkpoint), typeof(EntitySnapshot)];
        // A shard stops its own entities: this one never leaves the process.
        Type[] local = [typeof(StopEntity)];
        return [.. typeof(Apply).Assembly.GetTypes().Where(t => t is { IsAbstract: false, IsInterface: false, IsPublic: true } && !local.Contains(t)
            && (roots.Any(r => r.IsAssignableFrom(t)) || named.Contains(t) || t.Namespace == typeof(Report).Namespace))];
    }

    public static TheoryData<Type> Messages() => [.. Found()];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Every_message_has_a_manifest_and_comes_back_equal(Type type)
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var message = new Anything(new Random(seed)).A(type);

            var back = Serializer.FromBinary(Serializer.ToBinary(message), Serializer.Manifest(message));

            Assert.IsType(type, back);
            Assert.True(Described.Of(message) == Described.Of(back), $"seed {seed}\nsent\n{Described.Of(message)}\nread\n{Described.Of(back)}");
        }
    }

    [Fact]
    public void Every_form_is_of_a_message_that_reflection_finds()
    {
        var found = Found().ToHashSet();

        Assert.Equal([], ActorStreamSerializer.BoundTypes.Where(t => !found.Contains(t)));
        Assert.Equal(found.Count, ActorStreamSerializer.BoundTypes.Count);
    }

    [Fact]
    public void Manifests_are_short_and_of_one_type_each()
    {
        var manifests = WireForms.All.Select(static f => f.Manifest).ToArray();

        Assert.Equal(manifests.Length, manifests.Distinct().Count());
        Assert.All(manifests, static m => Assert.InRange(m.Length, 1, 3));
    }

    [Fact]
    public void An_unknown_manifest_is_refused_by_name()
    {
        var error = Assert.Throws<SerializationException>(() => Serializer.FromBinary([], "zz"));

        Assert.Contains("\"zz\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_without_a_form_is_refused_by_name()
    {
        var error = Assert.Throws<SerializationException>(() => Serializer.ToBinary(new Uri("https://example.org")));

        Assert.Contains("System.Uri", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_whose_change_has_an_unknown_manifest_is_refused()
    {
        var message = new Protos.CheckpointMessage { State = new Protos.Payload { Manifest = "w9" } };

        var error = Assert.Throws<SerializationException>(() => Serializer.FromBinary(Google.Protobuf.MessageExtensions.ToByteArray(message), "ck"));

        Assert.Contains("\"w9\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_whose_change_is_no_change_is_refused()
    {
        var state = new Protos.Payload { Manifest = "rp" };
        var message = new Protos.CheckpointMessage { State = state };

        Assert.Throws<SerializationException>(() => Serializer.FromBinary(Google.Protobuf.MessageExtensions.ToByteArray(message), "ck"));
    }

    [Fact]
    public void Cut_or_changed_bytes_are_read_or_refused_but_never_anything_else()
    {
        for (var seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            var form = WireForms.All[random.Next(WireForms.All.Count)];
            var bytes = Serializer.ToBinary(new Anything(random).A(form.Type));
            if (bytes.Length == 0)
                continue;
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            bytes = bytes[..random.Next(bytes.Length + 1)];

            var error = Record.Exception(() => Serializer.FromBinary(bytes, form.Manifest));

            Assert.True(error is null or SerializationException, $"seed {seed}: {error}");
        }
    }

    [Fact]
    public void Equal_partitions_become_one_object()
    {
        var answer = new Answer("cpu", new PartitionId("alarms", "metrics", 1, 3), 2, 10, 9);

        var first = (Answer)Serializer.FromBinary(Serializer.ToBinary(answer), "an");
        var second = (Answer)Serializer.FromBinary(Serializer.ToBinary(answer with { EntityId = "disk" }), "an");

        Assert.Equal(answer, first);
        Assert.Same(first.Partition, second.Partition);
    }

    [Fact]
    public void No_tags_come_back_as_the_one_empty_series()
    {
        var alarm = new Anything(new Random(1)).A<AlarmRecord>() with { Series = SeriesKey.Empty };

        var back = (AlarmRecord)Serializer.FromBinary(Serializer.ToBinary(alarm), "ar");

        Assert.Same(SeriesKey.Empty, back.Series);
    }

    [Fact]
    public void A_second_of_checkpoints_of_one_metric_is_small()
    {
        var rule = new RuleState(Guid.NewGuid(), 12, 3_000, 1_764_000_000_000);
        var applied = new AppliedOffset(new PartitionId("alarms", "metrics", 1, 3), 1_000_000_000);

        var bytes = Serializer.ToBinary(new Checkpoint([applied], [], [], new AlarmStateChange(12, [rule])));

        Assert.InRange(bytes.Length, 1, 80);
    }

    [Fact]
    public async Task Akka_finds_the_serializer_by_its_configuration()
    {
        var system = ActorSystem.Create("wire", ConfigurationFactory.ParseString(ActorStreamSerializer.Hocon));

        var found = ActorStreamSerializer.BoundTypes.Select(t => system.Serialization.FindSerializerForType(t)).ToArray();

        Assert.All(found, static s => Assert.IsType<ActorStreamSerializer>(s));
        Assert.All(found, static s => Assert.Equal(ActorStreamSerializer.SerializerId, s.Identifier));
        var report = Assert.IsType<Report>(system.Serialization.Deserialize(Serializer.ToBinary(new Report("{}")), ActorStreamSerializer.SerializerId, "rp"));
        Assert.Equal("{}", report.Json);
        await system.Terminate();
    }

    [Fact]
    public void Every_comparison_and_outcome_has_a_number()
    {
        foreach (var comparison in Enum.GetValues<ComparisonOperator>())
            Assert.Equal(comparison, Scalars.FromComparison(Scalars.ToComparison(comparison)));
        foreach (var outcome in Enum.GetValues<Domain.Notices.AttemptOutcome>())
            Assert.Equal(outcome, Scalars.FromOutcome(Scalars.ToOutcome(outcome)));
    }
}
