/// Aligned columns of text. Columns that hold only numbers are aligned at the right.
struct TextTable {
  var header: [String]
  var rows: [[String]]

  func lines(width: Int, isPlain: Bool) -> [String] {
    let count = max(header.count, rows.map(\.count).max() ?? 0)
    guard count > 0 else { return [] }
    let isNumeric = (0..<count).map { column in
      let cells = rows.map { cell($0, column) }.filter { !$0.isEmpty }
      return !cells.isEmpty && cells.allSatisfy(Self.isNumber)
    }
    let widths = fitted(
      (0..<count).map { column in
        ([header] + rows).map { cell($0, column).columns }.max() ?? 0
      }, to: width - 2 * (count - 1))
    func line(_ row: [String]) -> String {
      (0..<count).map { column in
        let text = cell(row, column)
          .shortened(to: widths[column], mark: isPlain ? "..." : "…")
        return isNumeric[column]
          ? text.rightAligned(to: widths[column]) : text.padded(to: widths[column])
      }.joined(separator: "  ")
    }
    let rule = widths.map { String(repeating: isPlain ? "-" : "─", count: $0) }
    return [line(header), rule.joined(separator: "  ")] + rows.map(line)
  }

  private func cell(_ row: [String], _ column: Int) -> String {
    column < row.count ? row[column] : ""
  }

  /// Takes from the widest column until all of them fit.
  private func fitted(_ widths: [Int], to room: Int) -> [Int] {
    var widths = widths
    while widths.reduce(0, +) > room, let widest = widths.max(), widest > 1,
      let index = widths.firstIndex(of: widest)
    {
      widths[index] -= 1
    }
    return widths
  }

  /// True of `12`, `-1.50`, `3,000`, and of numbers with a short unit, as in `2.0 s` and `40 %`.
  private static func isNumber(_ text: String) -> Bool {
    let parts = text.split(separator: " ")
    guard let number = parts.first, parts.count <= 2 else { return false }
    guard parts.dropFirst().allSatisfy({ $0.count <= 3 }) else { return false }
    let digits = number.drop { "+-−×".contains($0) }
    return digits.first?.isWholeNumber == true
      && digits.allSatisfy { $0.isWholeNumber || ".,:%".contains($0) }
  }
}
