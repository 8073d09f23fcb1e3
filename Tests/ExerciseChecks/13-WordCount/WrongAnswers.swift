import AsyncPrimitives
import CheckKit
import ExerciseKit

let wrongWordCounts: [WrongAnswer<WordCounting>] = [
  WrongAnswer(
    "opens all files at once", rejectedBy: "as many files are open as may be, and never more",
    naming: ["files open at once"]
  ) { files, store, _, found in
    try await tally(files, limit: files.count) { try await count($0, store, found) }
  },
  WrongAnswer(
    "one more than allowed", rejectedBy: "as many files are open as may be, and never more",
    naming: ["files open at once: 2"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit + 1) { try await count($0, store, found) }
  },
  WrongAnswer(
    "one file after the other", rejectedBy: "as many files are open as may be, and never more",
    naming: ["not opened yet"]
  ) { files, store, _, found in
    try await tally(files, limit: 1) { try await count($0, store, found) }
  },
  WrongAnswer(
    "in batches", rejectedBy: "as many files are open as may be, and never more",
    naming: ["not opened yet"]
  ) { files, store, limit, found in
    var counts: [Result<Int, any Error>] = []
    for start in stride(from: 0, to: files.count, by: limit) {
      let batch = files[start..<min(start + limit, files.count)]
      counts += try await gatherOutcomes(batch) { try await count($0, store, found) }
    }
    return WordTally(counts: counts, total: total(counts))
  },
  WrongAnswer(
    "keeps the place of a file that cannot be opened",
    rejectedBy: "as many files are open as may be, and never more", naming: ["files open: 0"]
  ) { files, store, limit, found in
    let places = AsyncSemaphore(limit: limit)
    return try await tally(files, limit: files.count) { name in
      try await places.acquire()
      let file = try await store.open(name)
      defer { _ = try? places.release() }
      return try await count(name, Opened(file: file), found)
    }
  },
  WrongAnswer(
    "opens the next file only after one that went well",
    rejectedBy: "as many files are open as may be, and never more", naming: ["never opened: 5"]
  ) { files, store, limit, found in
    await inWindow(files, limit: limit, fillsUp: { (try? $0.get()) != nil }) {
      try await count($0, store, found)
    }
  },
  WrongAnswer(
    "in the order of their ends",
    rejectedBy: "the numbers stand in the order of the files", naming: ["instead of"]
  ) { files, store, _, found in
    await withTaskGroup(of: Result<Int, any Error>.self) { group in
      for name in files { group.addTask { await Result { try await count(name, store, found) } } }
      let counts = await group.reduce(into: []) { $0.append($1) }
      return WordTally(counts: counts, total: total(counts))
    }
  },
  WrongAnswer(
    "forgets the last word", rejectedBy: "a word is what stands between separators",
    naming: ["“one·two”: [1]"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) { try await count($0, store, found, takesTheRest: false) }
  },
  WrongAnswer(
    "counts separators", rejectedBy: "a word is what stands between separators",
    naming: ["“one·two”: [1]"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) { name in
      try await pieces(of: name, in: store) { $0.count(where: separators.contains) }
    }
  },
  WrongAnswer(
    "does not know the carriage return", rejectedBy: "a word is what stands between separators",
    naming: ["“one\\rtwo”: [1]"]
  ) { files, store, limit, found in
    let separators = Array(" \t\n".utf8)
    return try await tally(files, limit: limit) {
      try await count(
        $0, store, found, separators: separators,
        words: { $0.split(whereSeparator: separators.contains).count })
    }
  },
  WrongAnswer(
    "looks for separators among Characters",
    rejectedBy: "a word is what stands between separators", naming: ["two\\r\\nthree”: [2]"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) {
      try await count($0, store, found, words: words { " \t\n\r".contains($0) })
    }
  },
  WrongAnswer(
    "separates at any white space", rejectedBy: "a word is what stands between separators",
    naming: ["u{A0}one”: [2]"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) {
      try await count($0, store, found, words: words(whereSeparator: \.isWhitespace))
    }
  },
  WrongAnswer(
    "separates at vertical tabs and form feeds",
    rejectedBy: "a word is what stands between separators", naming: ["u{C}one”: [3]"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) {
      try await count(
        $0, store, found, words: { $0.split { $0 == 0x20 || (0x09...0x0D).contains($0) }.count })
    }
  },
  WrongAnswer(
    "counts each piece by itself",
    rejectedBy: "a word in two pieces is one word, and a character one character",
    naming: ["instead of [3]"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) { name in
      try await pieces(of: name, in: store) { piece in
        let words = words(in: piece)
        found(words)
        return words
      }
    }
  },
  WrongAnswer(
    "takes each piece for text",
    rejectedBy: "a word in two pieces is one word, and a character one character",
    naming: ["is not text"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) { name in
      try await count(
        name, store, found,
        looking: { piece in
          if !isUTF8(piece) { throw FileStoreError.notText(name) }
        })
    }
  },
  WrongAnswer(
    "repairs what is not UTF-8", rejectedBy: "what is not UTF-8 is not counted",
    naming: ["instead of [a.jpg is not text"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) {
      try await count($0, store, found, isText: { _ in true })
    }
  },
  WrongAnswer(
    "only counts the bytes of a character", rejectedBy: "what is not UTF-8 is not counted",
    naming: ["a byte too many"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) {
      try await count($0, store, found, isText: hasWholeCharacters)
    }
  },
  WrongAnswer(
    "takes a zero byte for no text", rejectedBy: "what is not UTF-8 is not counted",
    naming: ["zero.txt is not text] instead"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) {
      try await count($0, store, found, isText: { isUTF8($0) && !$0.contains(0) })
    }
  },
  WrongAnswer(
    "one failure ends all", rejectedBy: "a file that cannot be read is one outcome",
    naming: ["has ended the count of all"]
  ) { files, store, limit, found in
    let counts = try await gather(files, limit: limit) { try await count($0, store, found) }
    return WordTally(counts: counts.map { .success($0) }, total: counts.reduce(0, +))
  },
  WrongAnswer(
    "one file that is not text ends all", rejectedBy: "what is not UTF-8 is not counted",
    naming: ["has ended the count of all"]
  ) { files, store, limit, found in
    let counts = try await gather(files, limit: limit) { try await count($0, store, found) }
    return WordTally(counts: counts.map { .success($0) }, total: counts.reduce(0, +))
  },
  WrongAnswer(
    "takes a failure for no words", rejectedBy: "a file that cannot be read is one outcome",
    naming: ["[2, 0, 0, 1]"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) { (try? await count($0, store, found)) ?? 0 }
  },
  WrongAnswer(
    "counts the words of failed files in the total",
    rejectedBy: "a file that cannot be read is one outcome", naming: ["the total is"]
  ) { files, store, limit, found in
    let told = Sum()
    var tally = try await tally(files, limit: limit) { name in
      try await count(name, store) { words in
        told.add(words)
        found(words)
      }
    }
    tally.total = told.total
    return tally
  },
  WrongAnswer(
    "closes only what went well", rejectedBy: "each file that was opened is closed, once",
    naming: ["opened and not closed"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) { try await count($0, store, found, closes: .ifAllIsWell) }
  },
  WrongAnswer(
    "closes twice", rejectedBy: "each file that was opened is closed, once",
    naming: ["closed 2 times"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) { try await count($0, store, found, closes: .twice) }
  },
  WrongAnswer(
    "keeps the whole file", rejectedBy: "no file is kept in memory", naming: ["told of 0"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) { name in
      let whole = Pieces()
      _ = try await pieces(of: name, in: store) { piece in
        whole.add(piece)
        return 0
      }
      guard let text = String(validating: whole.bytes, as: UTF8.self) else {
        throw FileStoreError.notText(name)
      }
      found(words(in: Array(text.utf8)))
      return words(in: Array(text.utf8))
    }
  },
  WrongAnswer(
    "waits for the end of a line", rejectedBy: "no file is kept in memory", naming: ["told of 0"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) {
      try await count($0, store, found, separators: [UInt8(ascii: "\n")])
    }
  },
  WrongAnswer(
    "tells the sum each time", rejectedBy: "what found is told adds up to the number",
    naming: ["and the total is"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) { name in
      let sum = Sum()
      return try await count(name, store) { words in
        sum.add(words)
        found(sum.total)
      }
    }
  },
  WrongAnswer(
    "takes its cancellation for a file's failure",
    rejectedBy: "cancelling stops at once, and closes everything",
    naming: ["returned a tally", "opened after"]
  ) { files, store, limit, found in
    await inWindow(files, limit: limit) { try await count($0, store, found) }
  },
  WrongAnswer(
    "throws its cancellation only if files are left",
    rejectedBy: "cancelling stops at once, and closes everything",
    naming: ["all open), and has returned a tally"]
  ) { files, store, limit, found in
    let begun = Sum()
    let tally = await inWindow(files, limit: limit, fillsUp: { _ in !Task.isCancelled }) {
      begun.add(1)
      return try await count($0, store, found)
    }
    if begun.total < files.count { throw CancellationError() }
    return tally
  },
  WrongAnswer(
    "counts in tasks that nobody cancels",
    rejectedBy: "cancelling stops at once, and closes everything", naming: ["it ended at"]
  ) { files, store, limit, found in
    try await tally(files, limit: limit) { name in
      try await Task(name: "count \(name)") { try await count(name, store, found) }.value
    }
  },
]
