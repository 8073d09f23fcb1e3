extension Duration {
  /// The nearest whole number of nanoseconds, within a century: what is longer is as good as never.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let century: Int64 = 3_155_760_000
    guard (-century..<century).contains(seconds) else {
      return (seconds < 0 ? -century : century) * 1_000_000_000
    }
    let rest = attoseconds + (attoseconds < 0 ? -500_000_000 : 500_000_000)
    return seconds * 1_000_000_000 + rest / 1_000_000_000
  }
}

/// The roundest number of nanoseconds in an interval: the one with the most trailing zeros, where
/// a half, a quarter and a fifth of a round number are rounder than what lies between them.
///
/// A sleep is handed to the simulation as an instant on a clock. Where that clock is a real one,
/// the length that was asked for is lost, but it lies between what is left now and what was left
/// when the task's turn began. People ask for round lengths.
func roundest(from low: Int64, to high: Int64) -> Int64 {
  guard low < high, high > 0 else { return max(0, low) }
  var unit: Int64 = 1_000_000_000_000
  while unit >= 1 {
    for divisor in [1, 2, 4, 5, 10] as [Int64] where unit % divisor == 0 {
      let step = unit / divisor
      // The largest multiple: what is left now is only a little short of the truth.
      let candidate = high / step * step
      if candidate >= low, candidate > 0 { return candidate }
    }
    unit /= 10
  }
  return high
}
