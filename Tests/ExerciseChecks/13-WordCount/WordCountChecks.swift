import CheckKit
import Exercise13
import ExerciseKit
import Solution13
import Testing

@Suite("13 WordCount")
struct WordCountTests {
  @Test("your answer", arguments: wordCountChecks)
  func learner(_ check: Check<WordCounting>) async {
    await judge(Exercise13.countWords, by: check, of: "13-WordCount")
  }

  @Test("our solution", arguments: wordCountChecks)
  func solution(_ check: Check<WordCounting>) async {
    await judge(Solution13.countWords, by: check, of: "13-WordCount")
  }

  @Test("a right answer of another build", arguments: wordCountChecks)
  func alternative(_ check: Check<WordCounting>) async {
    await judge(countWordsByWorkers, by: check, of: "13-WordCount")
  }

  @Test("a wrong answer", arguments: wrongWordCounts)
  func wrong(_ answer: WrongAnswer<WordCounting>) async {
    await expectRejection(of: answer, by: wordCountChecks)
  }
}

let wordCountChecks: [Check<WordCounting>] = [
  Check(
    "the numbers stand in the order of the files", hint: 1,
    cause: "Whichever file is done first, its number belongs where its name is in the list."
  ) { countWords, world in
    let store = PlayedStore(
      ["a.txt": .text("one two three "), "b.txt": .text(""), "c.txt": .text("one ")],
      takingTimeOf: world)
    let tally = try await countWords(["a.txt", "c.txt", "b.txt", "a.txt"], store, 4) { _ in }
    expect(tally, ["3", "1", "0", "3"], total: 7, of: "a.txt, c.txt, b.txt and a.txt again")
    let nothing = try await countWords([], store, 4) { _ in }
    expect(nothing, [], total: 0, of: "no files at all")
  },
  Check(
    "a word is what stands between separators", hint: 2,
    cause:
      "Only the four bytes separate, a row of them once, and the end. (“\\r\\n” is one Character.)"
  ) { countWords, _ in
    let texts = [
      ("one  two\n\nthree\tfour\r\n", 4), (" \n ", 0), ("one two", 2), ("one\rtwo", 2),
      ("one\r\ntwo\r\nthree", 3), ("one\r\n\r\ntwo", 2), ("one\u{A0}one", 1),
      ("one\u{B}one\u{C}one", 1),
    ]
    for (text, words) in texts {
      let store = PlayedStore(["a.txt": .text(text, by: 50)])
      let tally = try await orRecord { try await countWords(["a.txt"], store, 1) { _ in } }
      expect(tally, ["\(words)"], total: words, of: "“\(visible(text))”")
    }
  },
  Check(
    "a word in two pieces is one word, and a character one character", hint: 2,
    cause:
      "A piece may end within a word, or an “é” (two bytes). Keep what is behind its last separator."
  ) { countWords, _ in
    for (text, words, sizes) in [
      ("harbour ferry soup ", 3, [1, 3]), ("café 日本 🐟 naïve ", 4, [1, 2]),
    ] {
      for size in sizes {
        let store = PlayedStore(["a.txt": .text(text, by: size)])
        let tally = try await countWords(["a.txt"], store, 1) { _ in }
        expect(tally, ["\(words)"], total: words, of: "“\(text)”, pieces of \(bytes(size))")
      }
    }
  },
  Check(
    "what is not UTF-8 is not counted", hint: 2,
    cause:
      "String(validating:as:) tells: of the end, too. What is thrown belongs in that file's outcome."
  ) { countWords, _ in
    let store = PlayedStore([
      "a.jpg": .bytes([0x61, 0x20, 0xFF, 0xD8, 0x20, 0x62]), "b.txt": .text("fine "),
      "cut.txt": .bytes(Array("a café".utf8).dropLast()),
    ])
    let tally = try await orRecord {
      try await countWords(["a.jpg", "b.txt", "cut.txt"], store, 3) { _ in }
    }
    expect(
      tally, ["a.jpg is not text", "1", "cut.txt is not text"], total: 1,
      of: "a picture, a text, and a text that ends in the middle of a character")
    let rules = PlayedStore([
      "long.txt": .bytes([0xC0, 0xAF]), "wide.txt": .bytes([0xE0, 0x80, 0xAF]),
      "half.txt": .bytes([0xED, 0xA0, 0x80]), "high.txt": .bytes([0xF4, 0x90, 0x80, 0x80]),
      "zero.txt": .text("a\0b "),
    ])
    let names = ["long.txt", "wide.txt", "half.txt", "high.txt", "zero.txt"]
    let strict = try await orRecord { try await countWords(names, rules, 5) { _ in } }
    expect(
      strict, names.dropLast().map { "\($0) is not text" } + ["1"], total: 1,
      of: "“/” in a byte too many, and in two, half of a pair, more than 0x10FFFF, a zero byte")
  },
  Check(
    "a file that cannot be read is one outcome", hint: 1,
    cause: "One file's error ends them all, is swallowed, or leaves its words in the total."
  ) { countWords, _ in
    let store = PlayedStore([
      "a.txt": .text("one two "), "c.txt": .damaged("one two three "), "d.txt": .text("one "),
    ])
    let files = ["a.txt", "b.txt", "c.txt", "d.txt"]
    let tally = try await orRecord { try await countWords(files, store, 2) { _ in } }
    expect(
      tally, ["2", "b.txt is missing", "c.txt is damaged", "1"], total: 3,
      of: "four files, of which b.txt is missing and c.txt is damaged")
  },
  Check(
    "as many files are open as may be, and never more", hint: 1,
    cause: "The next file is opened as soon as one has ended, well or not; not before, nor later."
  ) { countWords, world in
    // In the third, more files are missing than may be open at once.
    for (limit, files) in [
      (1, ["a.txt", "b.txt"]), (3, ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"]),
      (2, ["1.jpg", "2.jpg", "3.jpg", "a.txt", "b.txt", "c.txt", "d.txt"]),
    ] {
      let began = world.now
      let store = PlayedStore(
        [
          "a.txt": .text("one", by: 1), "b.txt": .text("a"), "c.txt": .text("to", by: 1),
          "d.txt": .text("a"), "e.txt": .text("a"),
        ], takingTimeOf: world)
      let count = Task(name: "caller") {
        defer { store.hasEnded = true }
        return try await countWords(files, store, limit) { _ in }
      }
      // In the middle of each second, nothing begins or ends.
      try await world.clock.sleep(for: .milliseconds(500))
      while !store.hasEnded, world.now - began < .seconds(60) {
        let (open, left) = (store.open, files.count - store.asked.count)
        if left > 0, open < limit {
          let after = seconds(world.now - began)
          Issue.record(
            "limit \(limit): after \(after), files open: \(open); not opened yet: \(left)")
          break
        }
        try await world.clock.sleep(for: .seconds(1))
      }
      _ = try await count.value
      let never = Set(files).subtracting(store.asked).count
      #expect(never == 0, "limit \(limit): files never opened: \(never)")
      #expect(store.mostOpen <= limit, "limit \(limit): files open at once: \(store.mostOpen)")
    }
  },
  Check(
    "each file that was opened is closed, once", hint: 1,
    cause: "There are ways out that pass the closing by. withResource stands on all of them."
  ) { countWords, _ in
    let store = PlayedStore([
      "a.txt": .text("one two"), "c.txt": .damaged("one two"), "d.jpg": .bytes([0xFF, 0x20, 0x61]),
    ])
    let files = ["a.txt", "b.txt", "c.txt", "d.jpg"]
    _ = try? await countWords(files, store, 4) { _ in }
    store.expectAllClosed(after: "a count of files that are fine, missing, damaged and not text")
  },
  Check(
    "no file is kept in memory", hint: 2,
    cause: "The pieces are gathered, or the end of a line is waited for. Count and forget."
  ) { countWords, _ in
    let (told, halfway) = (Sum(), Sum())
    let line = String(repeating: "word ", count: 20)
    let store = PlayedStore(["a.txt": .text(line)]) { _, pieces in
      if pieces == 10 { halfway.add(told.total) }
    }
    _ = try await countWords(["a.txt"], store, 1) { words in told.add(words) }
    #expect(
      halfway.total >= 7,
      """
      a file of one line: 10 words had been read, and found had been told of \(halfway.total). \
      The rest must have been kept
      """)
  },
  Check(
    "what found is told adds up to the number", hint: 2,
    cause: "Tell how many more there are, not how many in all, and do not forget the last word."
  ) { countWords, _ in
    let told = Sum()
    let store = PlayedStore(["a.txt": .text("one two three four"), "b.txt": .text("one two ")])
    let tally = try await countWords(["a.txt", "b.txt"], store, 2) { words in told.add(words) }
    #expect(
      told.total == tally.total,
      "found was told of \(told.total) words, and the total is \(tally.total)")
  },
  Check(
    "cancelling stops at once, and closes everything", hint: 1,
    cause: "Cancelling is taken for the failure of a file, or passes the closing of one by."
  ) { countWords, world in
    // Cancelled while files are left, or when the last one is open already.
    let limit = Int(2 + world.seed % 2)
    let files = (1...(limit == 2 ? 6 : limit)).map { "\($0).txt" }
    let store = PlayedStore(
      Dictionary(uniqueKeysWithValues: files.map { ($0, .text("many words", by: 1)) }),
      takingTimeOf: world)
    let count = Task(name: "caller") { try await countWords(files, store, limit) { _ in } }
    try await world.clock.sleep(for: .milliseconds(2500))
    let asked = store.asked.count
    count.cancel()
    switch await count.result {
    case .success:
      let left = asked < files.count ? "files not opened yet: \(files.count - asked)" : "all open"
      Issue.record("it was cancelled (\(left)), and has returned a tally")
    case .failure(is CancellationError): break
    case .failure(let error):
      if error is Todo { return }
      Issue.record("it was cancelled, and has thrown “\(error)” instead of CancellationError")
    }
    #expect(
      world.now == .milliseconds(2500), "cancelled at 2.5 s, it ended at \(seconds(world.now))")
    let more = store.asked.count - asked
    #expect(more == 0, "files that were opened after it had been cancelled: \(more)")
    store.expectAllClosed(after: "the count was cancelled")
  },
]

/// Counts, and records if a file's failure comes out instead of a tally: then there is none.
func orRecord(_ count: () async throws -> WordTally) async throws -> WordTally? {
  do {
    return try await count()
  } catch let error as FileStoreError {
    Issue.record("it threw “\(error)”: one file's failure has ended the count of all")
    return nil
  }
}

/// Compares a tally with what it should be, each count as a number or the words of its error.
func expect(
  _ tally: WordTally?, _ counts: [String], total: Int, of what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard let tally else { return }
  let seen = tally.counts.map { outcome in
    switch outcome {
    case .success(let words): "\(words)"
    case .failure(let error): "\(error)"
    }
  }
  #expect(
    seen == counts,
    "\(what): [\(seen.joined(separator: ", "))] instead of [\(counts.joined(separator: ", "))]",
    sourceLocation: sourceLocation)
  if seen == counts {
    #expect(
      tally.total == total, "\(what): the total is \(tally.total) instead of \(total)",
      sourceLocation: sourceLocation)
  }
}

/// A text, with signs for what is between its words.
private func visible(_ text: String) -> String {
  let signs: [Unicode.Scalar: String] = [
    " ": "·", "\t": "⇥", "\n": "\\n", "\r": "\\r", "\u{A0}": "\\u{A0}", "\u{B}": "\\u{B}",
    "\u{C}": "\\u{C}",
  ]
  return text.unicodeScalars.map { signs[$0] ?? String($0) }.joined()
}

private func bytes(_ count: Int) -> String { count == 1 ? "1 byte" : "\(count) bytes" }

private func seconds(_ time: Duration) -> String {
  "\(Double(Int(time / .milliseconds(100))) / 10) s"
}
