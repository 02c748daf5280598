using System.Collections;
using System.Reflection;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Joins;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Wire.Tests.Serialization;

/// <summary>Makes an instance of any message from its constructor, so that a new message or member is tested without anyone listing it.</summary>
internal sealed class Anything(Random random)
{
    private static readonly Type[] DomainTypes = typeof(Apply).Assembly.GetTypes();

    public T A<T>() => (T)A(typeof(T));

    public object A(Type type)
    {
        if (type == typeof(string))
            return Text();
        if (type == typeof(long))
            return Number();
        if (type == typeof(int))
            return (int)Number();
        if (type == typeof(ulong))
            return unchecked((ulong)Number());
        if (type == typeof(byte))
            return (byte)random.Next(64);
        if (type == typeof(bool))
            return random.Next(2) == 0;
        if (type == typeof(double))
            return Double();
        if (type == typeof(Guid))
            return Identity();
        if (type == typeof(SeriesKey))
            return Series();
        if (type == typeof(SampleBatch))
            return Samples(0);
        if (type == typeof(AlarmBatch))
            return Alarms(0);
        if (type == typeof(EventBatch))
            return AnyWindows.Events(random, 0);
        if (type == typeof(WindowContents))
            return new AnyWindows(random, this).Contents();
        if (type == typeof(JoinContents))
            return new AnyWindows(random, this).Joined();
        if (type == typeof(QuantileSketchState))
            return AnyWindows.Quantiles(random);
        if (type == typeof(WindowData))
            return AnyWindows.Fitting((WindowData)New(type));
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(random.Next(Enum.GetValues(type).Length))!;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return List(type.GetGenericArguments()[0]);
        if (type.IsInterface || type.IsAbstract)
            return A(OneOf(DomainTypes.Where(t => type.IsAssignableFrom(t) && t is { IsAbstract: false, IsInterface: false }).ToArray()));
        return New(type);
    }

    private object New(Type type)
    {
        var constructor = type.GetConstructors().MaxBy(static c => c.GetParameters().Length) ?? throw new InvalidOperationException($"{type} has no constructor.");
        var made = constructor.Invoke([.. constructor.GetParameters().Select(Argument)]);
        // Members that joined after the first version stand beside the constructor.
        var known = constructor.GetParameters().Select(static p => p.Name).ToHashSet();
        foreach (var property in type.GetProperties().Where(p => p.SetMethod is { IsPublic: true } && !known.Contains(p.Name)))
            property.SetValue(made, Value(property.PropertyType, new NullabilityInfoContext().Create(property)));
        return made;
    }

    private object? Argument(ParameterInfo parameter) => Value(parameter.ParameterType, new NullabilityInfoContext().Create(parameter));

    private object? Value(Type type, NullabilityInfo nullability)
    {
        var optional = Nullable.GetUnderlyingType(type);
        var mayBeNull = optional is not null || nullability.WriteState == NullabilityState.Nullable;
        return mayBeNull && random.Next(3) == 0 ? null : A(optional ?? type);
    }

    private object List(Type element)
    {
        if (element == typeof(EntityBatch))
            return Batches();
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        for (var i = random.Next(4); i > 0; i--)
            list.Add(A(element));
        return list;
    }

    private EntityBatch[] Batches()
    {
        var kind = random.Next(3);
        return [.. Enumerable.Range(0, random.Next(4)).Select(i => i * 1_000_000L).Select(from => kind switch
        {
            0 => (EntityBatch)Alarms(from),
            1 => Samples(from),
            _ => AnyWindows.Events(random, from, random.Next(3)),
        })];
    }

    private AlarmBatch Alarms(long from)
    {
        var offsets = Rising(from, 1 + random.Next(4));
        return new AlarmBatch(offsets, [.. offsets.Select(_ => A<AlarmRecord>())]);
    }

    private SampleBatch Samples(long from)
    {
        var (start, count) = (random.Next(3), 1 + random.Next(20));
        var all = start + count + random.Next(3);
        var appendTimes = Rising(1_700_000_000_000, all);
        SeriesKey[] keys = [SeriesKey.Empty, Series(), Series()];
        var columns = new SampleColumns
        {
            Offsets = Rising(from, all),
            AppendTimes = appendTimes,
            WatermarksBefore = [.. appendTimes.Select((t, i) => i == 0 ? PartitionId.NoTime : t - 5_000)],
            Times = random.Next(2) == 0 ? appendTimes : [.. appendTimes.Select(t => random.Next(3) == 0 ? Number() : t)],
            Values = [.. Enumerable.Range(0, all).Select(_ => Double())],
            Series = random.Next(2) == 0 ? null : [.. Enumerable.Range(0, all).Select(_ => random.Next(keys.Length))],
            SeriesKeys = keys,
        };
        return new SampleBatch(columns, start, count);
    }

    private long[] Rising(long from, int count)
    {
        var at = from;
        return [.. Enumerable.Range(0, count).Select(_ => at += 1 + random.Next(1_000))];
    }

    private SeriesKey Series()
    {
        var names = Enumerable.Range(0, random.Next(4)).Select(_ => Text()).Distinct().Order(StringComparer.Ordinal);
        KeyValuePair<string, string>[] tags = [.. names.Select(n => new KeyValuePair<string, string>(n, Text()))];
        return tags.Length == 0 ? SeriesKey.Empty : new SeriesKey(tags);
    }

    private string Text() => OneOf(["received-packages", "größer", "データ", "🚀", "a b\"c\\", "https://discord.com/api/webhooks/1/t"]) + random.Next(100);

    private long Number() => OneOf([PartitionId.None, PartitionId.NoTime, 0L, 1L, random.Next(), random.NextInt64(), long.MaxValue, long.MinValue]);

    private double Double() => OneOf([0.0, -0.0, 501, 0.1, double.Epsilon, double.MaxValue, double.MinValue, random.NextDouble() * 1e6]);

    private Guid Identity()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return random.Next(10) == 0 ? Guid.Empty : new Guid(bytes);
    }

    private T OneOf<T>(T[] choices) => choices[random.Next(choices.Length)];
}
