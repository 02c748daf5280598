using System.CommandLine;
namespace ActorStream.Node.Cli;
internal static class DemoCommand { public static Command Build() => new("demo", ""); }
