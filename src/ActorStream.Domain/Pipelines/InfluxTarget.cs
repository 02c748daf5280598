namespace ActorStream.Domain.Pipelines;

/// <summary>Where points are written, from the URL of a sink: <c>http://HOST:PORT/?db=NAME</c> (InfluxDB 1.x, with <c>rp</c> if it is not the default) or <c>…/?org=NAME&amp;bucket=NAME</c> (2.x).</summary>
/// <param name="WriteUri">With path, query and precision.</param>
/// <param name="IsV2">Decides how the token is sent.</param>
public sealed record InfluxTarget(Uri WriteUri, bool IsV2)
{
    private const string V1Path = "/write";
    private const string V2Path = "/api/v2/write";
    private const string Example = "http://HOST:PORT/?db=NAME or http://HOST:PORT/?org=NAME&bucket=NAME";

    private static readonly string[] V1Names = ["db", "rp"];
    private static readonly string[] V2Names = ["org", "bucket"];

    /// <summary>Host and port; may be printed.</summary>
    public string Authority => WriteUri.Authority;

    /// <param name="target">Without <see cref="Faults"/>.</param>
    public static InfluxTarget Of(string target)
    {
        var uri = new Uri(target);
        var isV2 = NamesOf(uri).Contains("bucket");
        var path = isV2 ? V2Path : V1Path;
        var prefix = uri.AbsolutePath.TrimEnd('/');
        return new InfluxTarget(new Uri($"{uri.GetLeftPart(UriPartial.Authority)}{(prefix.EndsWith(path, StringComparison.Ordinal) ? prefix : prefix + path)}{uri.Query}&precision=ms"), isV2);
    }

    /// <summary>All that is wrong with it; never shows a password.</summary>
    public static IEnumerable<string> Faults(string target)
    {
        if (!Uri.TryCreate(target, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            yield return $"target is no http or https URL; it is {Example}.";
            yield break;
        }
        var names = NamesOf(uri);
        if (uri.UserInfo.Length > 0 || names.Contains("u") || names.Contains("p"))
        {
            yield return "target holds a user or a password, which would be printed with it; give user:password as ACTORSTREAM_INFLUXDB_TOKEN.";
            yield break;
        }
        var allowed = names.Contains("bucket") || names.Contains("org") ? V2Names : V1Names;
        if (!names.Contains(allowed[0]) || (allowed == V2Names && !names.Contains("bucket")))
            yield return $"target is \"{target}\" and does not say which database; it is {Example}.";
        foreach (var name in names.Except(allowed))
            yield return $"target holds {name} in its query; allowed here: {string.Join(", ", allowed)}.";
        foreach (var twice in names.GroupBy(n => n).Where(g => g.Count() > 1))
            yield return $"target holds {twice.Key} {twice.Count()} times in its query; once.";
        if (uri.Fragment.Length > 0)
            yield return $"target holds {uri.Fragment}; a URL to write to has no fragment.";
    }

    private static string[] NamesOf(Uri uri) => [.. uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Where(p => p.IndexOf('=') < p.Length - 1).Select(p => p.Split('=')[0])];
}

/// <summary>What InfluxDB asks for; never printed.</summary>
/// <param name="text">A token (2.x), <c>user:password</c> (1.x), or empty where nothing is asked for.</param>
public sealed class InfluxToken(string text)
{
    /// <summary>For a database that asks for nothing.</summary>
    public static readonly InfluxToken None = new("");

    /// <summary>Value of the header <c>Authorization</c>; null: none is sent.</summary>
    public string? Authorization(bool isV2) =>
        text.Length == 0 ? null
        : isV2 ? $"Token {text}"
        : text.Contains(':') ? $"Basic {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text))}"
        : $"Bearer {text}";

    public override string ToString() => text.Length == 0 ? "none" : "***";
}
