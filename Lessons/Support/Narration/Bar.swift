/// One row of a text timeline: columns that spans and marks are painted on.
struct Bar {
  private struct Cell {
    var glyph: Character = " "
    var ink = Ink.usual
    /// Tells an outcome or a mark: nothing is painted over it.
    var isFixed = false
    /// The second column of a wide character, which took both.
    var isTaken = false
  }

  let width: Int
  let axis: Axis
  let glyphs: Glyphs
  let ink: Ink
  private var cells: [Cell]
  /// The characters that need explaining.
  private(set) var special: Set<Character> = []

  init(width: Int, axis: Axis, glyphs: Glyphs, ink: Ink) {
    self.width = width
    self.axis = axis
    self.glyphs = glyphs
    self.ink = ink
    cells = Array(repeating: Cell(), count: width)
  }

  /// Paints `span`, up to `end`; one that takes no time still has a column.
  mutating func paint(_ span: Timeline.Span, until end: Duration) {
    let columns = columns(from: span.start, to: end)
    let glyph = span.kind == .running ? glyphs.running : glyphs.waiting
    if span.kind == .waiting { special.insert(glyph) }
    // A seam keeps two bars apart that touch.
    if columns.lowerBound > 0, !cells[columns.lowerBound - 1].isFixed,
      cells[columns.lowerBound - 1].glyph == glyph, glyph == glyphs.running
    {
      cells[columns.lowerBound - 1].glyph = glyphs.seam
    }
    for column in columns where !cells[column].isFixed || columns.count == 1 {
      cells[column] = Cell(glyph: glyph, ink: ink)
    }
    finish(span, at: columns.upperBound - 1)
  }

  /// Paints a waiting part over the span that it belongs to.
  mutating func overlay(_ wait: Timeline.Span, until end: Duration) {
    let columns = columns(from: wait.start, to: end)
    special.insert(glyphs.waiting)
    for column in columns where !cells[column].isFixed {
      cells[column] = Cell(glyph: glyphs.waiting, ink: ink)
    }
    finish(wait, at: columns.upperBound - 1)
  }

  mutating func paint(_ mark: Timeline.Mark) {
    let column = min(axis.column(mark.time, width: width), width - 1)
    cells[column] = Cell(glyph: glyphs.mark, ink: .strong, isFixed: true)
    special.insert(glyphs.mark)
  }

  /// Writes `label` into the bar of `span`, where it leaves some of the bar on both sides.
  mutating func write(_ label: String, into span: Timeline.Span, until end: Duration) {
    let columns = columns(from: span.start, to: end)
    // The first part that is not waiting and has room for it, or else the widest.
    let parts = columns.split { cells[$0].glyph != glyphs.running }
    let fitting = parts.first { $0.count >= label.columns + 4 } ?? parts.max { $0.count < $1.count }
    guard let full = fitting else { return }
    let text = label.shortened(to: full.count - 4, mark: glyphs == .ascii ? "..." : "…")
    guard text.columns >= min(6, label.columns) else { return }
    var column = full.startIndex + 1
    for character in " \(text) " {
      let count = character.columns
      // What takes no column of its own cannot be put into one.
      guard count > 0 else { continue }
      cells[column] = Cell(glyph: character, isFixed: true)
      if count == 2 { cells[column + 1].isTaken = true }
      column += count
    }
  }

  /// Its columns as text, without what is empty at its end.
  var line: InkedLine {
    var line = InkedLine()
    for cell in cells where !cell.isTaken { line.append(String(cell.glyph), cell.ink) }
    return line
  }

  private mutating func finish(_ span: Timeline.Span, at column: Int) {
    guard let ending = glyphs.ending(of: span) else { return }
    let isBad = ending == glyphs.failed
    cells[column] = Cell(glyph: ending, ink: isBad ? .alarm : ink, isFixed: true)
    special.insert(ending)
  }

  private func columns(from start: Duration, to end: Duration) -> Range<Int> {
    let first = min(axis.column(start, width: width), width - 1)
    return first..<max(first + 1, axis.column(end, width: width))
  }
}
