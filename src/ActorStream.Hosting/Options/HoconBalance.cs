namespace ActorStream.Hosting.Options;

/// <summary>Finds what Akka's HOCON parser lets pass: a brace, bracket or quote that is never closed. It reads such a text as if it ended there, and half a file would silently count.</summary>
internal static class HoconBalance
{
    /// <summary>Null when all is closed, else what is open and in which line (from 1) it began.</summary>
    public static string? Unclosed(string text)
    {
        var open = new Stack<(char Mark, int Line)>();
        var line = 1;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
                line++;
            else if (text[i] == '#' || text.AsSpan(i).StartsWith("//"))
                i = EndOfLine(text, i) - 1;
            else if (text[i] == '"' && EndOfString(text, i) is var end)
            {
                if (end < 0)
                    return $"a quote that began in line {line} and is not closed";
                line += text.AsSpan(i, end - i).Count('\n');
                i = end;
            }
            else if (text[i] is '{' or '[')
                open.Push((text[i], line));
            else if (text[i] is '}' or ']' && (!open.TryPop(out var begun) || begun.Mark != (text[i] == '}' ? '{' : '[')))
                return $"a {text[i]} in line {line} that closes nothing";
        }
        return open.TryPeek(out var left) ? $"a {left.Mark} that began in line {left.Line} and is not closed" : null;
    }

    private static int EndOfLine(string text, int from) => text.IndexOf('\n', from) is var at and >= 0 ? at : text.Length;

    /// <summary>Index of the last quote, or -1.</summary>
    private static int EndOfString(string text, int from)
    {
        const string triple = "\"\"\"";
        if (text.AsSpan(from).StartsWith(triple))
            return text.IndexOf(triple, from + 3, StringComparison.Ordinal) is var close and >= 0 ? close + 2 : -1;
        for (var i = from + 1; i < text.Length && text[i] != '\n'; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                return i;
        }
        return -1;
    }
}
