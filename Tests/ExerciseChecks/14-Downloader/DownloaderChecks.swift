import CheckKit
import Exercise14
import ExerciseKit
import Foundation
import Solution14
import Synchronization
import Testing

@Suite("14 Downloader")
struct DownloaderTests {
  @Test("your answer", arguments: downloaderChecks)
  func learner(_ check: Check<any Downloading.Type>) async {
    await judge(Exercise14.Downloader.self, by: check, of: "14-Downloader")
  }

  @Test("our solution", arguments: downloaderChecks)
  func solution(_ check: Check<any Downloading.Type>) async {
    await judge(Solution14.Downloader.self, by: check, of: "14-Downloader")
  }

  @Test("a right answer of a group as a window", arguments: downloaderChecks)
  func window(_ check: Check<any Downloading.Type>) async {
    await judge(WindowDownloader.self, by: check, of: "14-Downloader")
  }

  @Test("a right answer of workers", arguments: downloaderChecks)
  func workers(_ check: Check<any Downloading.Type>) async {
    await judge(WorkersDownloader.self, by: check, of: "14-Downloader")
  }

  @Test("a wrong answer", arguments: wrongDownloaders)
  func wrong(_ answer: WrongAnswer<any Downloading.Type>) async {
    await expectRejection(of: answer, by: downloaderChecks)
  }
}

let downloaderChecks = downloadChecks + failureChecks + endChecks

/// What a downloader does when all goes well.
private let downloadChecks: [Check<any Downloading.Type>] = [
  Check(
    "every file comes whole, to where its URL says", hint: 1,
    cause: "A folder is missing, a piece is, or the URL's path is not percent-decoded.",
    options: onDisk
  ) { type, world in
    let pages: [String: Page] = [
      "oslo.txt": .file("fjord, ", "forest"), "maps/north/rome%20a.txt": .file("forum"),
      "maps/lima.txt?size=2": .file("ocean", announced: false), "empty": .file(),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      visit.disk.removeFolder()
      try await visit.expect(
        ["ok oslo.txt", "ok maps/north/rome a.txt", "ok maps/lima.txt", "ok empty"],
        [
          "oslo.txt": "fjord, forest", "maps/north/rome a.txt": "forum", "maps/lima.txt": "ocean",
          "empty": "",
        ], of: ["oslo.txt", "maps/north/rome%20a.txt", "maps/lima.txt?size=2", "empty"])
      try await visit.expect([], of: [])
    }
  },
  Check(
    "never more than the limit are in flight", hint: 2,
    cause: "Every child asks at once, or the place is given up before the body has come.",
    options: onDisk
  ) { type, world in
    let pages: [String: Page] = [
      "a": .file(after: 1), "b": .file("te", "xt"), "c": .file(after: 1), "d": .file(after: 2),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      _ = try await visit.download(["a", "b", "c", "d"], limit: 2)
      #expect(
        visit.web.peak <= 2,
        "the limit is 2, and \(visit.web.peak) downloads were in flight at once")
    }
  },
  Check(
    "as many as the limit are in flight while there are so many", hint: 2,
    cause: "One file is awaited before the next is asked for, or a whole batch is.",
    options: onDisk
  ) { type, world in
    let pages: [String: Page] = [
      "a": .file(after: 4), "b": .status(404), "c": .file(after: 2), "d": .file(after: 1),
      "e": .file(after: 1), "f": .file(after: 3),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      let names = pages.keys.sorted()
      let seen = Mutex<[String]>([])
      _ = await visit.download(names, limit: 2) {
        // Whichever comes first: while some are still to be asked for, no place is free.
        try await world.clock.sleep(for: .milliseconds(500))
        while visit.web.asked.count < names.count {
          let (inFlight, asked) = (visit.web.inFlight, visit.web.asked.count)
          if inFlight < 2 {
            seen.withLock {
              $0.append("\(inFlight) at \(world.now), when \(asked) of 6 were asked for")
            }
          }
          try await world.clock.sleep(for: .seconds(1))
        }
      }
      let gaps = seen.withLock { $0 }
      #expect(
        gaps.isEmpty,
        "with a limit of 2, there were in flight: \(gaps.prefix(2).joined(separator: "; "))")
    }
  },
  Check(
    "outcomes are in the order of the URLs", hint: 2,
    cause: "A group hands over what is done first. Let each child return its index, too.",
    options: onDisk
  ) { type, world in
    let pages: [String: Page] = [
      "a": .file(after: 3), "b": .file(after: 1), "c": .file(after: 1), "d": .file(after: 2),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      try await visit.expect(
        ["ok a", "ok b", "ok c", "ok d"], of: ["a", "b", "c", "d"], limit: 3)
    }
  },
  Check(
    "a file has its name only when it is whole, and until then one that nobody uses", hint: 1,
    cause: "It is written under its own name, or under one that may be somebody's. Make one up.",
    options: onDisk
  ) { type, world in
    try await Visit.to(
      ["old": .file("n", "e", "w"), "none": .file("n", "e", "w")], with: type, in: world
    ) { visit in
      try visit.disk.write("before", to: "old")
      let seen = Mutex<[String]>([])
      let temporary = Mutex<Set<String>>([])
      _ = await visit.download(["old", "none"]) {
        for _ in 1...2 {
          try await world.clock.sleep(for: .milliseconds(1_200))
          let files = visit.disk.files
          seen.withLock { $0.append("old “\(files["old"] ?? "")”, none “\(files["none"] ?? "")”") }
          temporary.withLock { $0.formUnion(Set(files.keys).subtracting(["old", "none"])) }
        }
      }
      let names = seen.withLock { $0 }
      #expect(
        names == Array(repeating: "old “before”, none “”", count: 2),
        """
        while the pieces of two files came, there was under their names: \
        \(names.joined(separator: "; then ")); instead of what was there before: \
        old “before”, none “”
        """)
      try visit.expect(["old": "new", "none": "new"], "when both had come")
      // Somebody else has files of the names that the temporary ones had.
      let taken = temporary.withLock { $0.sorted() }
      for name in taken { try visit.disk.write("theirs", to: name) }
      _ = try await visit.download(["old", "none"])
      for name in taken {
        #expect(
          visit.disk.files[name] == "theirs",
          "“\(name)” was somebody else's file, and was taken for a temporary one")
      }
    }
  },
  Check(
    "pieces are written as they come", hint: 1,
    cause: "They are kept in memory until the file is whole, or told of before they are written.",
    options: onDisk
  ) { type, world in
    try await Visit.to(["a": .file("one", "two", "three")], with: type, in: world) { visit in
      let seen = Mutex(0)
      _ = await visit.download(["a"]) {
        try await world.clock.sleep(for: .milliseconds(2_500))
        let bytes = visit.disk.bytes
        seen.withLock { $0 = bytes }
      }
      let bytes = seen.withLock { $0 }
      #expect(bytes >= 6, "6 bytes had come, and there were \(bytes) in the folder's files")
    }
    try await Visit.to(["a": .file("one", "two", "three")], with: type, in: world) { visit in
      let early = Mutex<[String]>([])
      let url = try #require(URL(string: "http://host/a"))
      _ = try await type.init(limit: 1, transport: visit.web).download(
        [url], into: visit.disk.folder, timeout: .seconds(60)
      ) { news in
        // Looks twice: a file that is renamed at this very moment is not seen.
        guard visit.disk.bytes < news.received else { return }
        let bytes = visit.disk.bytes
        guard bytes < news.received else { return }
        early.withLock { $0.append("\(news.received), when there were \(bytes)") }
      }
      let told = early.withLock { $0 }
      #expect(
        told.isEmpty,
        "bytes it told of before they were in the folder's files: \(told.joined(separator: "; "))")
    }
  },
  Check(
    "progress says of each file how much there is", hint: 3,
    cause: "It is told once for each piece, after it was written, and once for each outcome.",
    options: onDisk
  ) { type, world in
    let pages: [String: Page] = [
      "a": .file("1", "23", "4"), "b": .file("12", "3", announced: false),
      "c": .file("12", end: .breaks), "d": .status(404),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      _ = try await visit.download(["a", "b", "c", "d", "a"])
      let expected = [
        ["1/4", "3/4", "4/4", "4"], ["2/?", "3/?", "3"], ["2/2", "2"], ["0"], ["0"],
      ]
      let urls = ["/a", "/b", "which breaks off", "which is not there", "/a once more"]
      for index in expected.indices {
        let news = visit.news.all.filter { $0.index == index }
        var seen = news.map { "\($0.received)/\($0.expected.map { "\($0)" } ?? "?")" }
        // How much there would have been is no news at the end.
        if let last = news.last { seen[seen.count - 1] = "\(last.received)" }
        #expect(
          seen == expected[index],
          """
          of the \(["first", "second", "third", "fourth", "fifth"][index]) URL, \(urls[index]), it \
          told \(seen.isEmpty ? "nothing" : visit.list(seen)) instead of \
          \(visit.list(expected[index])). (1/4: 1 byte of 4 has come; the last is told at the end.)
          """)
      }
    }
  },
  Check(
    "progress of all together adds up, and never goes back", hint: 3,
    cause: "Between counting and telling, others come in and tell first. Do both in one turn.",
    options: onDisk
  ) { type, world in
    let pages: [String: Page] = [
      "a": .file("1", "23", "4"), "b": .file("12", "3", announced: false), "c": .refused,
      "d": .file("1", end: .breaks),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      _ = try await visit.download(["a", "b", "c", "d"])
      var files: [Int: Int] = [:]
      var ended = 0
      for news in visit.news.all {
        files[news.index] = news.received
        let sum = files.values.reduce(0, +)
        #expect(
          news.totalReceived == sum,
          "it told \(news.totalReceived) bytes in all when it had told \(sum) of the files")
        #expect(
          news.ended >= ended, "it told that \(news.ended) had ended when it had told \(ended)")
        ended = news.ended
      }
      let last = visit.news.all.last.map { "\($0.ended) of \($0.count), \($0.totalReceived) bytes" }
      #expect(
        last == "4 of 4, 8 bytes",
        "the last it told was \(last ?? "nothing") instead of 4 of 4, 8 bytes")
    }
  },
]
