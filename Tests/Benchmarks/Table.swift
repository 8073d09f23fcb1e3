import Foundation

/// Writes the results for people: a line each, and what did not reach its goal.
struct Table {
  static let header =
    column("work", 30) + number("ours", 10) + number("native", 10) + number("asyncio", 10)
    + number("asyncio/ours", 14) + number("native/ours", 13)

  static func line(_ result: Results.Result) -> String {
    column(result.title, 30)
      + number(figure(result.ours.median), 10)
      + number(figure(result.native.median), 10)
      + number(result.asyncio.map { figure($0.median) } ?? "-", 10)
      + number(result.asyncioToOurs.map { ratio($0) } ?? "-", 14)
      + number(ratio(result.nativeToOurs), 13)
  }

  /// What is not as fast as it is to be, a line each.
  static func shortfalls(_ results: [Results.Result]) -> [String] {
    results.filter { $0.unit == .nanoseconds }.flatMap { result -> [String] in
      var lines: [String] = []
      if let goal = result.goal, let ratio = result.asyncioToOurs, result.reachesGoal == false {
        lines.append("\(result.title): \(self.ratio(ratio)) of asyncio's speed, not \(goal)")
      }
      if !result.reachesNative {
        lines.append("\(result.title): slower than \(result.nativeWay)")
      }
      return lines
    }
  }

  static func figure(_ value: Double) -> String {
    String(format: value < 100 ? "%.1f" : "%.0f", value)
  }

  private static func ratio(_ value: Double) -> String {
    String(format: "%.2f", value)
  }

  private static func column(_ text: String, _ width: Int) -> String {
    text.padding(toLength: width, withPad: " ", startingAt: 0)
  }

  private static func number(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }
}
