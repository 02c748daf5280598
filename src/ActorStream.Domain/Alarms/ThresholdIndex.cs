using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>Of many plain rules, those for whose operator a value holds: two searches an operator, then only what matches. Hot path.</summary>
internal sealed class ThresholdIndex
{
    private readonly Lane[] _lanes;

    /// <param name="rules">Number, operator and finite threshold of each.</param>
    public ThresholdIndex(IEnumerable<(int Number, ComparisonOperator Operator, double Threshold)> rules) =>
        _lanes = [.. rules.GroupBy(r => r.Operator).Select(g => new Lane(g.Key, [.. g.OrderBy(r => r.Threshold).Select(r => (r.Number, r.Threshold))]))];

    /// <summary>Writes the numbers of the rules that hold, in no order; as many as are returned.</summary>
    public int Find(double value, Span<int> into)
    {
        var count = 0;
        foreach (var lane in _lanes)
            count += lane.Find(value, into[count..]);
        return count;
    }

    /// <summary>Rules of one operator by threshold.</summary>
    private sealed class Lane(ComparisonOperator comparison, (int Number, double Threshold)[] rules)
    {
        private readonly double[] _thresholds = [.. rules.Select(r => r.Threshold)];
        private readonly int[] _numbers = [.. rules.Select(r => r.Number)];

        public int Find(double value, Span<int> into)
        {
            if (double.IsNaN(value))
                return comparison == ComparisonOperator.NotEqual ? Copy(0, _numbers.Length, into) : 0;
            // [0, below) are smaller than the value, [below, above) equal to it.
            var below = CountBelow(value, orEqual: false);
            var above = CountBelow(value, orEqual: true);
            return comparison switch
            {
                ComparisonOperator.Greater => Copy(0, below, into),
                ComparisonOperator.GreaterOrEqual => Copy(0, above, into),
                ComparisonOperator.Less => Copy(above, _numbers.Length, into),
                ComparisonOperator.LessOrEqual => Copy(below, _numbers.Length, into),
                ComparisonOperator.Equal => Copy(below, above, into),
                _ => Copy(0, below, into) + Copy(above, _numbers.Length, into[below..]),
            };
        }

        private int Copy(int from, int to, Span<int> into)
        {
            _numbers.AsSpan(from, to - from).CopyTo(into);
            return to - from;
        }

        private int CountBelow(double value, bool orEqual)
        {
            var (low, high) = (0, _thresholds.Length);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (_thresholds[middle] < value || (orEqual && _thresholds[middle] == value))
                    low = middle + 1;
                else
                    high = middle;
            }
            return low;
        }
    }
}
