namespace ActorStream.Pbm.Output;

/// <summary>One piece of an answer for people.</summary>
internal abstract record Printed;

internal sealed record Line(string Text) : Printed;

/// <param name="Headings">Empty: rows of name and value.</param>
internal sealed record Table(IReadOnlyList<string> Headings, IReadOnlyList<string[]> Rows) : Printed;
