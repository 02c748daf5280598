using System.CommandLine;
namespace ActorStream.Node.Cli;
internal static class LocalCommand { public static Command Build() => new("local", ""); }
