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
