using System.Net.Http.Headers;

namespace ActorStream.Node.Cli;

/// <summary>How this program's own clients ask nodes that want a token.</summary>
internal static class Caller
{
    public const string TokenVariable = "ACTORSTREAM_TOKEN";

    /// <summary>Sends the token of the environment with every request, if there is one.</summary>
    /// <exception cref="CommandFailedException">It is no token.</exception>
    public static HttpClient WithToken(this HttpClient http)
    {
        if (Environment.GetEnvironmentVariable(TokenVariable) is not { Length: > 0 } token)
            return http;
        if (token.Any(c => c is <= ' ' or > '~'))
            throw new CommandFailedException($"{TokenVariable} holds spaces or characters that no token has; set it to what 'actorstream token' printed.");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }
}
