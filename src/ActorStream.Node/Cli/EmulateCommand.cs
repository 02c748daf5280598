using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ActorStream.Hosting.Options;
using ActorStream.Node.Emulate;

namespace ActorStream.Node.Cli;

/// <summary><c>actorstream emulate constant|spikes|stairs</c>: a source of samples for trying things out.</summary>
internal static class EmulateCommand
{
    /// <summary>Far from where decimal arithmetic overflows.</summary>
    private const decimal NumberMax = 1e27m;

    private static readonly TimeSpan PeriodMax = TimeSpan.FromDays(1);

    public static Command Build() => new("emulate", "Sends samples of a simple shape to an edge or to Kafka, one each period")
    {
        Constant(), Spikes(), Stairs(),
    };

    private static Command Constant()
    {
        var value = Number("VALUE", "every record has it");
        return Shape("constant", "VALUE again and again", [value], (parsed, _) => Shapes.Constant(parsed.GetValue(value)));
    }

    private static Command Spikes()
    {
        var (low, spike) = (Number("LOW", "between spikes"), Number("SPIKE", "records 0, FREQUENCY, 2·FREQUENCY …"));
        var frequency = new Argument<int>("FREQUENCY") { Description = "records from spike to spike, at least 1" };
        frequency.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) && n < 1)
                result.AddError($"FREQUENCY is {n}; give a whole number of at least 1.");
        });
        return Shape("spikes", "LOW, and SPIKE each FREQUENCY records", [low, spike], (parsed, _) => Shapes.Spikes(parsed.GetValue(low), parsed.GetValue(spike), parsed.GetValue(frequency)), frequency);
    }

    private static Command Stairs()
    {
        var (start, end, step) = (Number("START", "first value"), Number("END", "last value, included"), Number("STEP", "may be negative"));
        var command = Shape("stairs", "From START to END by STEP, then again from START", [start, end, step], (parsed, _) => Shapes.Stairs(parsed.GetValue(start), parsed.GetValue(end), parsed.GetValue(step)));
        command.Validators.Add(result =>
        {
            if (NumberIn(result.GetResult(start)) is { } from && NumberIn(result.GetResult(end)) is { } to && NumberIn(result.GetResult(step)) is { } by && Shapes.WhyNoStairs(from, to, by) is { } why)
                result.AddError(why);
        });
        return command;
    }

    private static Command Shape(string name, string description, IReadOnlyList<Argument> numbers, Func<ParseResult, CancellationToken, IEnumerable<decimal>> values, params Argument[] afterPeriod)
    {
        var metric = new Argument<string>("NAME") { Description = "metric name" };
        var period = new Argument<TimeSpan>("PERIOD") { Description = "seconds between records, may be fractional", CustomParser = Period };
        var tags = new Argument<KeyValuePair<string, string>[]>("TAG") { Description = "tags as machine_id:12354", Arity = ArgumentArity.ZeroOrMore, CustomParser = Tags };
        var edge = new Option<Uri[]>("--edge") { Description = "where to send, repeatable: the next one is asked when one fails", HelpName = "URL", CustomParser = Edges, DefaultValueFactory = _ => [new Uri("http://127.0.0.1:8080")] };
        var kafka = new Option<string?>("--kafka") { Description = "send to Kafka instead, as key and value of a topic", HelpName = "HOST:PORT,…" };
        var client = new Option<string[]>(SettingsTable.KafkaClient.Flag) { Description = $"{SettingsTable.KafkaClient.Meaning}, as a node takes it [{SettingsTable.KafkaClient.EnvironmentName}]", HelpName = SettingsTable.KafkaClient.ValueName };
        var topic = new Option<string>("--topic") { Description = "topic in Kafka", HelpName = "NAME", DefaultValueFactory = _ => "metrics" };
        var count = new Option<long?>("--count") { Description = "end after so many records", HelpName = "N" };
        var command = new Command(name, description) { metric };
        foreach (var argument in numbers.Append(period).Concat(afterPeriod).Append(tags))
            command.Add(argument);
        command.Add(edge);
        command.Add(kafka);
        command.Add(client);
        command.Add(topic);
        command.Add(count);
        command.SetAction(async (parsed, cancel) =>
        {
            var given = (parsed.GetValue(tags) ?? []).DistinctBy(t => t.Key).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal);
            var source = new EmulatedSource(parsed.GetValue(metric)!, values(parsed, cancel), parsed.GetValue(period), given);
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            if (parsed.GetValue(kafka) is { } servers)
            {
                var reading = KafkaOf(servers, parsed.GetValue(client) ?? []);
                if (reading.Settings?.Kafka is not { } settings)
                {
                    await Faults.WriteAsync(reading.Faults, error);
                    return Faults.ExitCodeOf(reading.Faults);
                }
                using var producer = new SampleProducer(servers, settings.Client, parsed.GetValue(topic)!, TimeProvider.System, error.WriteLine);
                return await RunAsync(source, producer.SendAsync, parsed.GetValue(count), output);
            }
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) }.WithToken();
            return await RunAsync(source, new SamplePoster(http, parsed.GetValue(edge)!, TimeProvider.System, error.WriteLine).SendAsync, parsed.GetValue(count), output);
        });
        return command;
    }

    /// <summary>Read and judged as a node's; of the environment only what Kafka's client is told.</summary>
    private static SettingsReading KafkaOf(string servers, IReadOnlyList<string> client)
    {
        var given = new Dictionary<string, IReadOnlyList<string>> { [SettingsTable.TopicsBackend.Key] = ["kafka"], [SettingsTable.KafkaServers.Key] = [servers] };
        if (client.Count > 0)
            given[SettingsTable.KafkaClient.Key] = client;
        return NodeSettingsReader.Read(new SettingsInput(given, NodeSettingsReader.ProcessEnvironment().Where(e => e.Key == SettingsTable.KafkaClient.EnvironmentName).ToDictionary(), null));
    }

    private static async Task<int> RunAsync(EmulatedSource source, Func<EmulatedSource, decimal, CancellationToken, Task> send, long? count, TextWriter output)
    {
        using var stop = new StopSignal();
        await source.RunAsync(
            async (s, value, cancel) =>
            {
                await send(s, value, cancel);
                await output.WriteLineAsync($"{s.Name} {value.ToString(CultureInfo.InvariantCulture)}");
            },
            count,
            TimeProvider.System,
            stop.Token);
        return ExitCode.Done;
    }

    private static Argument<decimal> Number(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (NumberIn(result) is { } number)
                return number;
            result.AddError($"{name} is '{string.Concat(result.Tokens.Select(t => t.Value))}'; give a number from -1e27 to 1e27.");
            return 0;
        },
    };

    private static decimal? NumberIn(ArgumentResult? result) =>
        result is { Tokens.Count: 1 } && decimal.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) <= NumberMax ? number : null;

    private static TimeSpan Period(ArgumentResult result)
    {
        var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds >= 0.001 && seconds <= PeriodMax.TotalSeconds)
            return TimeSpan.FromSeconds(seconds);
        result.AddError($"PERIOD is '{text}'; give seconds from 0.001 to {PeriodMax.TotalSeconds:0}.");
        return TimeSpan.Zero;
    }

    private static KeyValuePair<string, string>[] Tags(ArgumentResult result)
    {
        var tags = new List<KeyValuePair<string, string>>();
        foreach (var text in result.Tokens.Select(t => t.Value))
        {
            var colon = text.IndexOf(':');
            if (colon <= 0 || tags.Any(t => t.Key == text[..colon]))
                result.AddError($"The tag is '{text}'; give each name once, as machine_id:12354.");
            else
                tags.Add(KeyValuePair.Create(text[..colon], text[(colon + 1)..]));
        }
        return [.. tags];
    }

    private static Uri[]? Edges(ArgumentResult result)
    {
        var edges = new List<Uri>();
        foreach (var text in result.Tokens.Select(t => t.Value))
        {
            if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
                edges.Add(uri);
            else
                result.AddError($"--edge is '{text}'; give a URL such as http://127.0.0.1:8080.");
        }
        return [.. edges];
    }
}
