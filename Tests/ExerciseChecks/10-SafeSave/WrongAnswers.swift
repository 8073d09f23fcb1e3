import AsyncPrimitives
import CheckKit
import ExerciseKit

let wrongSafeSaves: [WrongAnswer<Archiving>] = [
  WrongAnswer(
    "scans and saves all pages at once",
    rejectedBy: "pages are scanned, written and sealed in their order, one after the other",
    naming: ["six steps of a second each took 3.0 seconds"]
  ) { pages, archive in
    try await withThrowingTaskGroup { group in
      for page in pages {
        group.addTask {
          let image = try await archive.scan(page)
          try Task.checkCancellation()
          try await withCancellationShield { try await save(image, page, archive) }
        }
      }
      try await group.waitForAll()
    }
  },
  WrongAnswer(
    "sorts the pages",
    rejectedBy: "pages are scanned, written and sealed in their order, one after the other",
    naming: ["what was done: scan A, write A, seal A, scan B, write B, seal B, instead of: scan B"]
  ) { pages, archive in
    try await scanAll(Set(pages).sorted(), archive) { image, page in
      try await withCancellationShield { try await save(image, page, archive) }
    }
  },
  WrongAnswer(
    "has no shield", rejectedBy: "a save that has begun is finished",
    naming: [
      "seal A (cut short), remove A (cut short)", "write A (cut short), remove A (cut short)",
    ]
  ) { pages, archive in
    for page in pages {
      try Task.checkCancellation()
      let image = try await archive.scan(page)
      try Task.checkCancellation()
      try await save(image, page, archive)
    }
  },
  WrongAnswer(
    "shields the writing, and not the sealing", rejectedBy: "a save that has begun is finished",
    naming: ["half saved: scan A, write A, seal A (cut short)"]
  ) { pages, archive in
    try await scanAll(pages, archive) { image, page in
      try await withCancellationShield { try await archive.write(image, as: page) }
      try await archive.seal(page)
    }
  },
  WrongAnswer(
    "looks between writing and sealing", rejectedBy: "a save that has begun is finished",
    naming: ["half saved: scan A, write A"]
  ) { pages, archive in
    try await scanAll(pages, archive) { image, page in
      try await withCancellationShield { try await archive.write(image, as: page) }
      try Task.checkCancellation()
      try await withCancellationShield { try await archive.seal(page) }
    }
  },
  WrongAnswer(
    "takes the shield whose caller leaves at once",
    rejectedBy: "it does not throw before the save has ended",
    naming: ["left at 1.5 seconds, when this went on: write A"]
  ) { pages, archive in
    try await scanAll(pages, archive) { image, page in
      try await shield { try await save(image, page, archive) }
    }
  },
  WrongAnswer(
    "starts a task for each save, and does not await it",
    rejectedBy: "a scan or a save that fails ends it with its own error",
    naming: ["A” was to fail, and it has not thrown"]
  ) { pages, archive in
    try await scanAll(pages, archive) { image, page in
      Task { try await save(image, page, archive) }
    }
  },
  WrongAnswer(
    "shields everything", rejectedBy: "a scan stops at once",
    naming: ["at 0.5 seconds, during “scan A”, and left at 6.0 seconds"]
  ) { pages, archive in
    try await withCancellationShield {
      for page in pages {
        try Task.checkCancellation()
        try await save(try await archive.scan(page), page, archive)
      }
    }
    try Task.checkCancellation()
  },
  WrongAnswer(
    "finishes the page, with its scan", rejectedBy: "a scan stops at once",
    naming: ["at 0.5 seconds, during “scan A”, and left at 3.0 seconds"]
  ) { pages, archive in
    for page in pages {
      try Task.checkCancellation()
      try await withCancellationShield {
        try await save(try await archive.scan(page), page, archive)
      }
    }
    try Task.checkCancellation()
  },
  WrongAnswer(
    "looks once, before the loop", rejectedBy: "nothing is begun after the cancellation",
    naming: ["at 2.5 seconds, during “seal A”, and this was begun after that: scan B"]
  ) { pages, archive in
    try Task.checkCancellation()
    for page in pages {
      let image = try await archive.scan(page)
      try await withCancellationShield { try await save(image, page, archive) }
    }
  },
  WrongAnswer(
    "looks before the scan, and not after it",
    rejectedBy: "a page that comes from a deaf scanner after the cancellation is not saved",
    naming: ["at 0.5 seconds, during “scan A”, and this was begun after that: write A, seal A"]
  ) { pages, archive in
    for page in pages {
      try Task.checkCancellation()
      let image = try await archive.scan(page)
      try await withCancellationShield { try await save(image, page, archive) }
    }
  },
  WrongAnswer(
    "leaves the loop, and returns",
    rejectedBy: "a task that was cancelled gets a CancellationError",
    naming: ["at 1.5 seconds, during “write A”, and has not thrown"]
  ) { pages, archive in
    for page in pages {
      if Task.isCancelled { break }
      let image = try await archive.scan(page)
      if Task.isCancelled { return }
      try await withCancellationShield { try await save(image, page, archive) }
    }
  },
  WrongAnswer(
    "swallows the CancellationError",
    rejectedBy: "a task that was cancelled gets a CancellationError",
    naming: ["during “seal A”, and has not thrown", "during “scan A”, and has not thrown"]
  ) { pages, archive in
    do {
      try await scanAll(pages, archive) { image, page in
        try await withCancellationShield { try await save(image, page, archive) }
      }
    } catch is CancellationError {}
  },
  WrongAnswer(
    "skips a page that fails",
    rejectedBy: "a scan or a save that fails ends it with its own error",
    naming: ["A” was to fail, and it has not thrown"]
  ) { pages, archive in
    try await scanAll(pages, archive) { image, page in
      try? await withCancellationShield { try await save(image, page, archive) }
    }
    try Task.checkCancellation()
  },
  WrongAnswer(
    "looks at the cancellation before the save's result",
    rejectedBy: "a scan or a save that fails ends it with its own error",
    naming: ["A” was to fail, and it threw “CancellationError()” instead of “disk full”"]
  ) { pages, archive in
    try await scanAll(pages, archive) { image, page in
      let result = await Task { try await save(image, page, archive) }.result
      try Task.checkCancellation()
      try result.get()
    }
  },
  WrongAnswer(
    "skips a page whose scan fails",
    rejectedBy: "a scan or a save that fails ends it with its own error",
    naming: ["“scan A” was to fail, and it has not thrown"]
  ) { pages, archive in
    for page in pages {
      try Task.checkCancellation()
      guard let image = try? await archive.scan(page) else { continue }
      try Task.checkCancellation()
      try await withCancellationShield { try await save(image, page, archive) }
    }
    try Task.checkCancellation()
  },
  WrongAnswer(
    "takes a scan's failure for a cancellation",
    rejectedBy: "a scan or a save that fails ends it with its own error",
    naming: ["“scan A” was to fail, and it threw “CancellationError()” instead of “paper jam”"]
  ) { pages, archive in
    for page in pages {
      guard !Task.isCancelled, let image = try? await archive.scan(page), !Task.isCancelled else {
        throw CancellationError()
      }
      try await withCancellationShield { try await save(image, page, archive) }
    }
  },
  WrongAnswer(
    "seals a second time", rejectedBy: "a scan or a save that fails ends it with its own error",
    naming: ["“seal A” was to fail, and this was begun after that: seal A"]
  ) { pages, archive in
    try await scanAll(pages, archive) { image, page in
      try await withCancellationShield {
        try await removing(page, archive) {
          try await archive.write(image, as: page)
          do { try await archive.seal(page) } catch { try await archive.seal(page) }
        }
      }
    }
  },
  WrongAnswer(
    "throws the error of removing",
    rejectedBy: "a scan or a save that fails ends it with its own error",
    naming: ["“remove A” as well, and it threw “file locked” instead of “disk full”"]
  ) { pages, archive in
    try await scanAll(pages, archive) { image, page in
      try await withCancellationShield {
        do {
          try await archive.write(image, as: page)
          try await archive.seal(page)
        } catch {
          try await archive.remove(page)
          throw error
        }
      }
    }
  },
  WrongAnswer(
    "removes outside of the shield",
    rejectedBy: "what a failed save has left is removed, cancelled or not",
    naming: ["seal A (failed), remove A (cut short)"]
  ) { pages, archive in
    try await scanAll(pages, archive) { image, page in
      do {
        try await withCancellationShield {
          try await archive.write(image, as: page)
          try await archive.seal(page)
        }
      } catch {
        try? await archive.remove(page)
        throw error
      }
    }
  },
  WrongAnswer(
    "removes what sealing has left, and not what writing has",
    rejectedBy: "what a failed save has left is removed, cancelled or not",
    naming: ["“write A” was to fail, and what is left of the page is not removed: scan A, write A"]
  ) { pages, archive in
    try await scanAll(pages, archive) { image, page in
      try await withCancellationShield {
        try await archive.write(image, as: page)
        try await removing(page, archive) { try await archive.seal(page) }
      }
    }
  },
  WrongAnswer(
    "removes nothing", rejectedBy: "what a failed save has left is removed, cancelled or not",
    naming: ["left of the page is not removed: scan A, write A, seal A (failed)"]
  ) { pages, archive in
    try await scanAll(pages, archive) { image, page in
      try await withCancellationShield {
        try await archive.write(image, as: page)
        try await archive.seal(page)
      }
    }
  },
]

/// Scans as it should be, and saves like that.
private func scanAll(
  _ pages: [String], _ archive: any Archive,
  save: (_ image: String, _ page: String) async throws -> Void
) async throws {
  for page in pages {
    try Task.checkCancellation()
    let image = try await archive.scan(page)
    try Task.checkCancellation()
    try await save(image, page)
  }
}

/// One save, right if nobody cancels it.
@Sendable private func save(
  _ image: String, _ page: String, _ archive: any Archive
) async throws {
  try await removing(page, archive) {
    try await archive.write(image, as: page)
    try await archive.seal(page)
  }
}

/// A save, or a part of one, and the removing if it fails.
private func removing(
  _ page: String, _ archive: any Archive, unless body: () async throws -> Void
) async throws {
  do { try await body() } catch {
    try? await archive.remove(page)
    throw error
  }
}
