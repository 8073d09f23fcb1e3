import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// A press whose operations take as long as a check wants them to.
final class PlayedPress: Press {
  /// How many seconds the two stages of a page take.
  struct Page {
    var number: Int
    var download = 1
    var process = 1
  }

  /// What an operation throws that fails.
  struct Mishap: Error, Equatable {
    var operation: String
  }

  let pages: [Page]
  private let world: World
  private let work: PlayedWork
  private let coverSeconds: Int
  private let failing: String?
  private let mixUps = Mutex<[String]>([])
  private let fakes = Mutex<[String]>([])
  private let haste = Mutex<[String]>([])

  /// - Parameter failing: The operation that is to fail: "cover", "download 1", "process 1", "bind".
  init(_ world: World, _ pages: [Page], cover: Int = 1, failing: String? = nil) {
    self.world = world
    self.pages = pages
    self.failing = failing
    coverSeconds = cover
    work = PlayedWork(world)
  }

  /// Three pages and a cover that take as long as the seed says, where something fails that the
  /// seed says if it is to.
  convenience init(randomIn world: World, failing: Bool = false) {
    var numbers = world.randomNumbers
    let pages = (1...3).map {
      Page(
        number: $0, download: .random(in: 1...9, using: &numbers),
        process: .random(in: 1...9, using: &numbers))
    }
    let cover = Int.random(in: 1...20, using: &numbers)
    let operations = ["cover", "bind"] + pages.flatMap { $0.operations }
    let operation = operations.randomElement(using: &numbers)
    self.init(world, pages, cover: cover, failing: failing ? operation : nil)
  }

  /// A book of many pages under every tenth seed, since no number of them is too many, and one of
  /// few under the others, so that most drawings are small.
  convenience init(thickIn world: World, process: Int = 1) {
    let pages = (1...(world.seed % 10 == 9 ? 50 : 3)).map { Page(number: $0, process: process) }
    self.init(world, pages, cover: 2)
  }

  func drawCover() async throws -> String {
    try await perform("cover", seconds: coverSeconds)
    return "the cover"
  }

  func download(_ page: Int) async throws -> String {
    try await perform("download \(page)", seconds: self[page].download)
    return text(of: page)
  }

  func process(_ page: Int, _ text: String) async throws {
    if text != self.text(of: page) {
      mixUps.withLock {
        $0.append("page \(page) was processed with the text “\(text)” in place of its own")
      }
    }
    try await perform("process \(page)", seconds: self[page].process)
  }

  func bind(_ cover: String) async throws -> String {
    if cover != "the cover" {
      fakes.withLock { $0.append("the book was bound in “\(cover)”, which nobody drew") }
    }
    for page in pages where work.done("process \(page.number)") == nil {
      haste.withLock {
        $0.append("the book was bound at \(world.now), before page \(page.number) was processed")
      }
    }
    try await perform("bind", seconds: 1)
    return title
  }

  /// What `bind` returns.
  var title: String { "a book of \(pages.count) pages" }

  /// Makes the book, and gives what was thrown back instead of throwing it.
  func book(by make: MakeBook) async -> Result<String, any Error> {
    do { return .success(try await make(pages.map(\.number), self)) } catch {
      return .failure(error)
    }
  }

  // MARK: - What was seen

  /// Lets whatever was left behind come to its end: that is for another check to see.
  func rest() async throws { try await work.rest() }

  func expectBook(_ title: String) {
    for page in pages {
      expectOnce("download \(page.number)")
      expectOnce("process \(page.number)")
    }
    expectOnce("cover")
    expectOnce("bind")
    for fake in fakes.withLock({ $0 }) { Issue.record("\(fake)") }
    #expect(
      title == self.title,
      "the title that bind returned is “\(self.title)”, and makeBook returned “\(title)”")
  }

  func expectNoMixUp() {
    for mixUp in mixUps.withLock({ $0 }) { Issue.record("\(mixUp)") }
  }

  /// The cover and all downloads begin now. Of those that do not, the first is told.
  func expectBeginnings() {
    let steps = work.steps
    let late = (["cover"] + pages.map { "download \($0.number)" }).compactMap { name in
      steps.first { $0.name == name && $0.began > .zero }
    }
    guard let first = late.first else { return }
    Issue.record(
      """
      “\(first.name)” could begin at once, and began at \(first.began)\
      \(late.count > 1 ? "; others that began late: \(late.count - 1)" : "")
      """)
  }

  /// Each page is processed from the moment on at which it is here. Of those that are not, the
  /// first is told.
  func expectNoPageWaits() {
    let steps = work.steps
    let late = pages.compactMap { page -> String? in
      guard
        let here = work.done("download \(page.number)")?.ended,
        let began = steps.first(where: { $0.name == "process \(page.number)" })?.began,
        began != here
      else { return nil }
      return "page \(page.number) was here at \(here), and was processed from \(began) on"
    }
    guard let first = late.first else { return }
    Issue.record("\(first)\(late.count > 1 ? "; others that waited: \(late.count - 1)" : "")")
  }

  /// The book is bound when the last of what it needs is done.
  func expectBindingInTime() {
    for haste in haste.withLock({ $0 }) { Issue.record("\(haste)") }
    let needed = ["cover"] + pages.map { "process \($0.number)" }
    let ends = needed.compactMap { work.done($0)?.ended }
    guard let ready = ends.max(), let step = work.steps.first(where: { $0.name == "bind" }) else {
      return
    }
    #expect(
      step.began <= ready,
      "the book could be bound at \(ready), when all was there, and was bound at \(step.began)")
  }

  func expectMishap(_ result: Result<String, any Error>) {
    guard let failing else { return }
    switch result {
    case .success: Issue.record("“\(failing)” failed, and makeBook returned as if all were well")
    case .failure(let error):
      #expect(
        error as? Mishap == Mishap(operation: failing),
        "“\(failing)” failed, and makeBook threw \(error) and not that error")
    }
    if failing != "bind", work.steps.contains(where: { $0.name == "bind" }) {
      Issue.record("“\(failing)” failed, and the book was bound all the same")
    }
  }

  /// The book is made, or is not: nothing goes on, and nothing begins when others have had a turn.
  func expectRest() async {
    let end = world.now
    let begun = work.steps.count
    let why = work.names(.failed).first.map { "“\($0)” failed, and " } ?? ""
    // What ends at this very moment may end.
    await world.settle()
    for (number, step) in work.steps.enumerated() {
      if number >= begun {
        Issue.record("\(why)“\(step.name)” began after makeBook had ended, at \(end)")
      } else if step.state == .underWay {
        Issue.record("\(why)“\(step.name)” still went on when makeBook had ended, at \(end)")
      }
    }
  }

  // MARK: -

  private subscript(number: Int) -> Page {
    pages.first { $0.number == number } ?? Page(number: number)
  }

  private func text(of page: Int) -> String { "text of page \(page)" }

  private func expectOnce(_ name: String) {
    switch work.names(.done).count(where: { $0 == name }) {
    case 0 where work.names(.cancelled).contains(name):
      Issue.record("“\(name)” was cancelled before it was done")
    case 0: Issue.record("“\(name)” was not done when makeBook had ended")
    case 1: break
    case let count: Issue.record("“\(name)” was done \(count) times")
    }
  }

  private func perform(_ name: String, seconds: Int) async throws {
    try await work.perform(
      name, for: .seconds(seconds), throwing: name == failing ? Mishap(operation: name) : nil)
  }
}

extension PlayedPress.Page {
  fileprivate var operations: [String] { ["download \(number)", "process \(number)"] }
}
