import AsyncPrimitives
import CheckKit
import ExerciseKit

let wrongBooks: [WrongAnswer<MakeBook>] = [
  WrongAnswer(
    "awaits page after page", rejectedBy: "all downloads begin at once, and so does the cover",
    naming: ["“download 2” could begin at"], bookInTurn),
  WrongAnswer(
    "draws the cover when the pages are done",
    rejectedBy: "all downloads begin at once, and so does the cover",
    naming: ["“cover” could begin at"], bookWithLateCover),
  WrongAnswer(
    "never does more than 32 pages at a time",
    rejectedBy: "all downloads begin at once, and so does the cover",
    naming: ["“download 33” could begin at once, and began at 2.0 seconds"], bookInParts),
  WrongAnswer(
    "downloads everything, then processes everything",
    rejectedBy: "a page is processed as soon as its own download is done",
    naming: ["page 2 was here at 1.0 seconds, and was processed from 5.0 seconds on"], bookInStages),
  WrongAnswer(
    "awaits the downloads in the order of the pages",
    rejectedBy: "a page is processed as soon as its own download is done",
    naming: ["page 2 was here at 1.0 seconds"], bookInOrder),
  WrongAnswer(
    "processes pages as they come, but one at a time",
    rejectedBy: "pages that are here together are processed together",
    naming: ["and was processed from"], bookAsCompleted),
  WrongAnswer(
    "never processes more than 32 pages at a time",
    rejectedBy: "pages that are here together are processed together",
    naming: ["and was processed from 3.0 seconds on; others that waited: 17"], bookOfFewProcesses),
  WrongAnswer(
    "takes the texts in the order in which they come",
    rejectedBy: "each page is processed with its own text",
    naming: ["was processed with the text “text of page"], bookOfMixedPages),
  WrongAnswer(
    "begins to process, and does not await it",
    rejectedBy: "the book is bound when the last page and the cover are there",
    naming: ["the book was bound at"], bookOfLooseEnds),
  WrongAnswer(
    "an async let that nobody awaits",
    rejectedBy: "every page is downloaded, processed and bound",
    naming: ["was cancelled before it was done"], bookOfForgottenPages),
  WrongAnswer(
    "leaves out the page that failed",
    rejectedBy: "if something fails, its error is thrown and nothing is bound",
    naming: ["as if all were well"], bookWithoutErrors),
  WrongAnswer(
    "leaves its other tasks alone when one fails",
    rejectedBy: "when makeBook has ended, nothing is under way",
    naming: ["still went on"], bookOfTasks),
]

@Sendable func bookInTurn(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  for page in pages { try await press.process(page, press.download(page)) }
  return try await press.bind(cover)
}

@Sendable func bookWithLateCover(of pages: [Int], at press: any Press) async throws -> String {
  try await together(pages) { page in try await press.process(page, press.download(page)) }
  return try await press.bind(press.drawCover())
}

@Sendable func bookInParts(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  _ = try await gather(pages, limit: 32) { try await press.process($0, press.download($0)) }
  return try await press.bind(cover)
}

@Sendable func bookOfFewProcesses(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  let permits = AsyncSemaphore(permits: 32)
  try await together(pages) { page in
    let text = try await press.download(page)
    try await permits.withPermit { try await press.process(page, text) }
  }
  return try await press.bind(cover)
}

@Sendable func bookInStages(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  let texts = try await withThrowingTaskGroup(of: (Int, String).self) { group in
    for page in pages { group.addTask { (page, try await press.download(page)) } }
    return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
  }
  try await together(pages) { page in try await press.process(page, texts[page] ?? "") }
  return try await press.bind(cover)
}

@Sendable func bookInOrder(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  let downloads = pages.map { page in (page, Task { try await press.download(page) }) }
  try await withThrowingTaskGroup(of: Void.self) { group in
    for (page, download) in downloads {
      let text = try await download.value
      group.addTask { try await press.process(page, text) }
    }
    try await group.waitForAll()
  }
  return try await press.bind(cover)
}

@Sendable func bookAsCompleted(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  try await withThrowingTaskGroup(of: (Int, String).self) { group in
    for page in pages { group.addTask { (page, try await press.download(page)) } }
    for try await (page, text) in group { try await press.process(page, text) }
  }
  return try await press.bind(cover)
}

@Sendable func bookOfMixedPages(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  try await withThrowingTaskGroup(of: Void.self) { processing in
    try await withThrowingTaskGroup(of: String.self) { downloads in
      for page in pages { downloads.addTask { try await press.download(page) } }
      for page in pages {
        guard let text = try await downloads.next() else { return }
        processing.addTask { try await press.process(page, text) }
      }
    }
    try await processing.waitForAll()
  }
  return try await press.bind(cover)
}

@Sendable func bookOfLooseEnds(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  try await together(pages) { page in
    let text = try await press.download(page)
    Task { try await press.process(page, text) }
  }
  return try await press.bind(cover)
}

@Sendable func bookOfForgottenPages(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  try await together(pages) { page in
    let text = try await press.download(page)
    async let _ = press.process(page, text)
  }
  return try await press.bind(cover)
}

@Sendable func bookWithoutErrors(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  try await together(pages) { page in
    guard let text = try? await press.download(page) else { return }
    try? await press.process(page, text)
  }
  return try await press.bind(cover)
}

@Sendable func bookOfTasks(of pages: [Int], at press: any Press) async throws -> String {
  let cover = Task { try await press.drawCover() }
  let tasks = pages.map { page in
    Task { try await press.process(page, press.download(page)) }
  }
  for task in tasks { try await task.value }
  return try await press.bind(cover.value)
}

/// The same for all pages at the same time.
private func together(
  _ pages: [Int], _ body: @escaping @Sendable (Int) async throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for page in pages { group.addTask { try await body(page) } }
    try await group.waitForAll()
  }
}

// MARK: - Right, and not like ours

/// Without a group: one page beside the rest of them, and so on to the last.
@Sendable func bookOfPageAndRest(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  try await processAll(pages[...], at: press)
  return try await press.bind(cover)
}

private func processAll(_ pages: ArraySlice<Int>, at press: any Press) async throws {
  guard let page = pages.first else { return }
  async let others: Void = processAll(pages.dropFirst(), at: press)
  try await press.process(page, press.download(page))
  try await others
}
