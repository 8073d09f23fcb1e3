import Testing

@testable import Lesson13

/// The lines of lesson 13, which others may want to take along.
@Suite("Lines of a file")
struct FileLinesTests {
  @Test(
    "lines are what stands between line ends, wherever a piece ends",
    arguments: [
      ("", []), ("\n", [""]), ("one", ["one"]), ("one\n", ["one"]), ("one\ntwo", ["one", "two"]),
      ("\n\none\n\n", ["", "", "one", ""]), ("café\n日本\n", ["café", "日本"]),
    ] as [(String, [String])])
  func lines(_ text: String, _ expected: [String]) async throws {
    // The line end, the middle of a character, and the end of the file at the end of a piece.
    for padding in [0, pieceSize - 6, pieceSize - 5, pieceSize - 4, pieceSize - 1, pieceSize] {
      let before = padding == 0 ? [] : [String(repeating: "x", count: padding - 1)]
      let disk = PlayedDisk(takesTime: false)
      try await disk.write(before.map { $0 + "\n" }.joined() + text, to: "a.txt")
      let read = try await disk.withLines(of: "a.txt") { lines in
        try await lines.reduce(into: []) { $0.append($1) }
      }
      #expect(read == before + expected)
      #expect(disk.open.now == 0)
    }
  }

  @Test("no more is held than a piece and the beginning of a line")
  func memory() async throws {
    let disk = PlayedDisk(takesTime: false)
    try await disk.write(String(repeating: "nine byte\n", count: 50_000), to: "a.txt")
    let held = try await disk.withLines(of: "a.txt") { lines in
      var iterator = lines.makeAsyncIterator()
      while try await iterator.next() != nil {}
      return iterator.mostHeld
    }
    #expect(held < pieceSize + 10)
  }

  @Test("a line that does not end is an error, and so is what is not UTF-8")
  func errors() async throws {
    let disk = PlayedDisk(takesTime: false)
    try await disk.write(String(repeating: "x", count: 3 * pieceSize), to: "long.txt")
    try await disk.withFile("photo.jpg", for: .writing) { file in
      try await disk.write([0x61, 0x0A, 0xFF, 0xD8], to: file)
    }
    await #expect(throws: FileError("long.txt", .lineTooLong)) {
      try await disk.withLines(of: "long.txt") { lines in
        var lines = lines
        lines.longest = pieceSize
        for try await _ in lines {}
      }
    }
    await #expect(throws: FileError("photo.jpg", .notText)) {
      try await disk.withLines(of: "photo.jpg") { lines in
        for try await line in lines { #expect(line == "a") }
      }
    }
    #expect(disk.open.now == 0)
  }

  @Test("a task that is cancelled makes no call on the threads for files")
  func cancelled() async throws {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await FileThreads.shared.run { 1 }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test("every call is made, also where there are more than threads")
  func threads() async throws {
    let threads = FileThreads(count: 2)
    let sum = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 1...1_000 { group.addTask { try await threads.run { number } } }
      return try await group.reduce(0, +)
    }
    #expect(sum == 500_500)
  }
}
