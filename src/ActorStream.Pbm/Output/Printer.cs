using Spectre.Console;

namespace ActorStream.Pbm.Output;

/// <summary>A drawn table on a terminal; else plain columns that scripts can cut: no escape codes, no wrapping, nothing shortened.</summary>
internal static class Printer
{
    private const string Gap = "  ";

    public static void Print(Printed printed, TextWriter output)
    {
        switch (printed)
        {
            case Line line:
                output.WriteLine(line.Text);
                break;
            case Table table when IsTerminal(output):
                Draw(table, output);
                break;
            case Table table:
                Columns(table, output);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(printed), printed, "nothing that can be printed");
        }
    }

    private static bool IsTerminal(TextWriter output) => ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;

    private static void Draw(Table table, TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        var drawn = new Spectre.Console.Table { Border = TableBorder.Rounded, ShowHeaders = table.Headings.Count > 0 };
        var width = table.Headings.Count > 0 ? table.Headings.Count : 2;
        for (var i = 0; i < width; i++)
            drawn.AddColumn(new TableColumn(Markup.Escape(i < table.Headings.Count ? table.Headings[i] : "")));
        foreach (var row in table.Rows)
            drawn.AddRow([.. row.Select(cell => new Text(cell))]);
        console.Write(drawn);
    }

    private static void Columns(Table table, TextWriter output)
    {
        IReadOnlyList<IReadOnlyList<string>> lines = table.Headings.Count == 0 ? table.Rows : [table.Headings, .. table.Rows];
        if (lines.Count == 0)
            return;
        var widths = Enumerable.Range(0, lines[0].Count).Select(i => lines.Max(line => line[i].Length)).ToArray();
        foreach (var line in lines)
            output.WriteLine(string.Join(Gap, line.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
