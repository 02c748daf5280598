using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Wire.Tests.Serialization;

/// <summary>A message as text, one value a line; equal texts mean equal messages. Doubles by their bits; members at null, 0, false or empty are left out, so that a member added later changes no old text.</summary>
internal static class Described
{
    public static string Of(object message)
    {
        var text = new StringBuilder();
        Describe(message.GetType().Name, message, text);
        return text.ToString();
    }

    private static void Describe(string path, object? value, StringBuilder text)
    {
        switch (value)
        {
            case null or "" or 0 or 0L or 0UL or (byte)0 or false:
                break;
            case double number:
                Line(path, BitConverter.DoubleToInt64Bits(number).ToString("x16", CultureInfo.InvariantCulture), text);
                break;
            case string or long or ulong or int or byte or bool or Guid or Enum:
                Line(path, value, text);
                break;
            case SeriesKey series:
                Line(path, string.Join(' ', series.Tags.Select(t => $"<{t.Key}>=<{t.Value}>")), text);
                break;
            case IReadOnlyList<EntityBatch> batches:
                DescribeBatches(path, batches, text);
                break;
            case IEnumerable list:
                var i = 0;
                foreach (var item in list)
                {
                    // The kind is said, so that an item whose members are all at their default is still seen.
                    Line($"{path}[{i}]", item.GetType().Name, text);
                    Describe($"{path}[{i++}]", item, text);
                }
                break;
            default:
                foreach (var property in value.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0 && p.Name != "ReaderId" && !IsLaterAndUnsaid(p, value)))
                    Describe($"{path}.{property.Name}", property.GetValue(value), text);
                break;
        }
    }

    /// <summary>A member that is no parameter of the constructor joined after the first version; where a message says nothing of it, its text does not either.</summary>
    private static bool IsLaterAndUnsaid(PropertyInfo property, object owner)
    {
        if (property.SetMethod is null || owner.GetType().GetConstructors().SelectMany(static c => c.GetParameters()).Any(p => p.Name == property.Name))
            return false;
        var value = property.GetValue(owner);
        return value is Enum said ? Convert.ToInt64(said, CultureInfo.InvariantCulture) == 0 : owner is AlarmRecord alarm && value is AlarmId episode && episode == alarm.Id;
    }

    /// <summary>Row by row, because what was several batches is one on the other side.</summary>
    private static void DescribeBatches(string path, IReadOnlyList<EntityBatch> batches, StringBuilder text)
    {
        foreach (var batch in batches)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var at = $"{path}@{batch.OffsetAt(i)}";
                Line(at, batch.GetType().Name, text);
                DescribeRow(at, batch, i, text);
            }
        }
    }

    private static void DescribeRow(string at, EntityBatch batch, int i, StringBuilder text)
    {
        switch (batch)
        {
            case SampleBatch samples:
                var (columns, row) = (samples.Columns, samples.Start + i);
                Line(at, $"{columns.AppendTimes[row]} {columns.WatermarksBefore[row]} {columns.Times[row]}", text);
                Describe(at, samples.Values[i], text);
                Describe(at, samples.SeriesAt(i), text);
                break;
            case EventBatch events:
                var (all, place) = (events.Columns, events.Start + i);
                Line(at, $"{all.Times[place]} {all.WatermarksBefore[place]} {all.Keys[all.KeyIndexes[place]]} {all.DistinctHashes?[place]} {all.IdleRaisedTo}", text);
                Describe(at, all.Values[place], text);
                Describe($"{at}.SpecVersion", events.SpecVersion, text);
                break;
            case AlarmBatch alarms:
                Describe(at, alarms.Alarms[i], text);
                break;
            default:
                throw new InvalidOperationException($"{batch.GetType()} cannot be compared; describe its rows here.");
        }
    }

    private static void Line(string path, object value, StringBuilder text) =>
        text.Append(path).Append(": ").Append(string.Create(CultureInfo.InvariantCulture, $"{value}")).Append('\n');
}
