import CheckKit
import ExerciseKit
import Foundation
import Synchronization
import Testing

/// What a downloader does when something goes wrong.
let failureChecks: [Check<any Downloading.Type>] = [
  Check(
    "a server that refuses, or says 404 or 500, is one outcome, and the others go on", hint: 2,
    cause: "An error ends the group, or a status is taken for another: 200 to 299 is a success.",
    options: onDisk
  ) { type, world in
    var accepted = Page.file(after: 1)
    accepted.status = 202
    let pages: [String: Page] = [
      "a": .file("te", "xt"), "b": .refused, "c": .status(404), "d": .status(500, end: .breaks),
      "e": .file(after: 1), "f": .status(304), "g": accepted,
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      try await visit.expect(
        ["ok a", "refused", "status(404)", "status(500)", "ok e", "status(304)", "ok g"],
        ["a": "text", "e": "text", "g": "text"], of: ["a", "b", "c", "d", "e", "f", "g"], limit: 2)
    }
  },
  Check(
    "a body that breaks off is cutOff, and no file", hint: 2,
    cause: "The end of a stream is taken for the end of the file. Count, and compare at the end.",
    options: onDisk
  ) { type, world in
    var short = Page.file("half of ")
    short.announced = 9
    let pages: [String: Page] = [
      "breaks": .file("half", announced: false, end: .breaks), "ends": short, "a": .file(after: 3),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      try await visit.expect(
        ["cutOff", "cutOff", "ok a"], ["a": "text"], of: ["breaks", "ends", "a"])
    }
  },
  Check(
    "a download whose time is up is tooSlow, and no file", hint: 3,
    cause: "Nobody looks at the time; or a cancelled task's stream, which just ends, is believed.",
    options: onDisk
  ) { type, world in
    var silent = Page.file("never")
    silent.thinks = .seconds(100)
    let pages: [String: Page] = [
      "silent": silent, "stalls": .file("half", announced: false, end: .stalls),
      "drips": .file("1", "2", "3", "4", every: .seconds(3)), "a": .file(after: 9),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      try await visit.expect(
        ["tooSlow", "tooSlow", "tooSlow", "ok a"], ["a": "text"],
        of: ["silent", "stalls", "drips", "a"], timeout: .seconds(10))
      #expect(
        world.now == .seconds(10), "each had 10 s, all at once, and it returned at \(world.now)")
    }
  },
  Check(
    "waiting for its turn does not count", hint: 2,
    cause: "The time begins when the file is in the queue, and not when it is asked for.",
    options: onDisk
  ) { type, world in
    let pages: [String: Page] = ["a": .file(after: 6), "b": .file(after: 6), "c": .file(after: 6)]
    try await Visit.to(pages, with: type, in: world) { visit in
      try await visit.expect(
        ["ok a", "ok b", "ok c"], of: ["a", "b", "c"], limit: 1, timeout: .seconds(10))
    }
  },
  Check(
    "a file that cannot be written is one outcome, and the others go on", hint: 2,
    cause: "An error of the file system means .cannotWrite, also inside the loop over the body.",
    options: onDisk
  ) { type, world in
    let pages: [String: Page] = [
      "taken/a": .file("text"), "folder": .file("te", "xt"), "b": .file(after: 3),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      try visit.disk.write("a file", to: "taken")
      try visit.disk.write("kept", to: "folder/inside")
      try await visit.expect(
        ["cannotWrite", "cannotWrite", "ok b"],
        ["taken": "a file", "folder/inside": "kept", "b": "text"],
        of: ["taken/a", "folder", "b"])
    }
    try await Visit.to(["c": .file("te", "xt"), "d": .file(after: 3)], with: type, in: world) {
      visit in
      let isOpen = Mutex(false)
      let result = await visit.download(["c", "d"]) {
        try await world.clock.sleep(for: .milliseconds(1_200))
        isOpen.withLock { $0 = visit.disk.refuseWriting(toWhatHolds: "te") }
      }
      // An answer that opens its file anew for each piece can write it.
      guard isOpen.withLock({ $0 }) else { return }
      let outcomes = try result.get()
      try #require(
        outcomes == ["cannotWrite", "ok d"],
        """
        of /c, the second piece could not be written, and the outcomes of /c, /d were \
        (\(visit.list(outcomes))) instead of (cannotWrite, ok d)
        """)
      try visit.expect(["d": "text"], "when a piece of /c could not be written")
    }
  },
  Check(
    "a failure leaves no temporary file, and what was there as it was", hint: 2,
    cause: "The temporary file is removed on one way out only, or the old file before the new.",
    options: onDisk
  ) { type, world in
    let pages: [String: Page] = [
      "breaks": .file("half", announced: false, end: .breaks),
      "stalls": .file("half", end: .stalls), "missing": .status(404), "refused": .refused,
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      for name in pages.keys { try visit.disk.write("old", to: name) }
      _ = try await visit.download(["breaks", "stalls", "missing", "refused"])
      try visit.expect(
        ["breaks": "old", "stalls": "old", "missing": "old", "refused": "old"],
        "when four downloads had failed")
    }
  },
  Check(
    "no URL leads out of the folder", hint: 3,
    cause: "Decode the path first, and then look for what leads out. “%2e%2e%2f” is “../”, too.",
    options: onDisk
  ) { type, world in
    try await Visit.to([:], with: type, in: world) { visit in
      let outside = visit.disk.path(beside: "stolen").dropFirst()
      let encoded = outside.replacing("/", with: "%2F")
      let names = [
        "../stolen", "maps/../../stolen", "%2e%2e/stolen", "..%2Fstolen", "%2E%2E%2fmaps",
        "maps/..%2f../../stolen", "/../stolen", ".//..//stolen", "/\(outside)", "%2F\(encoded)",
        "%252e%252e/stolen", "%252e%252e%252fstolen", "..",
      ]
      let web = PlayedWeb(world, Dictionary(uniqueKeysWithValues: names.map { ($0, .file("!")) }))
      let urls = try names.map { try #require(URL(string: "http://host/\($0)")) }
      for (name, url) in zip(names, urls) {
        let downloader = type.init(limit: 1, transport: web)
        _ = try await downloader.download(
          [url], into: visit.disk.folder, timeout: .seconds(60), progress: { _ in })
        try #require(
          visit.disk.strangers.isEmpty,
          "http://host/\(name) led out of the folder, to \(visit.list(visit.disk.strangers))")
      }
    }
  },
  Check(
    "a URL that names no file, or has a .. in it, is badName and not asked for", hint: 3,
    cause: "It is looked at before it is decoded, or after asking; or it keeps a place.",
    options: onDisk
  ) { type, world in
    let names = ["", "maps/", "../a", "maps/../a", "%2e%2e/a", "..%2Fa", "maps%2F%2e%2e%2Fa"]
    try await Visit.to(["a..b": .file("text")], with: type, in: world) { visit in
      try await visit.expect(
        Array(repeating: "badName", count: names.count) + ["ok a..b"], ["a..b": "text"],
        of: names + ["a..b"], limit: 2)
      #expect(
        visit.web.asked == ["a..b"],
        "it asked for \(visit.list(visit.web.asked)), where only a..b has a place")
    }
  },
  Check(
    "of the URLs with the same name, only the first is asked for", hint: 3,
    cause: "Names are the same when they are once decoded, and a query is no part of them.",
    options: onDisk
  ) { type, world in
    let pages: [String: Page] = [
      "oslo.txt": .file("1", "1"), "osl%6F.txt": .file("22"), "oslo.txt?again": .file("33"),
      "a/oslo.txt": .file("44"),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      try await visit.expect(
        ["ok oslo.txt", "badName", "badName", "badName", "ok a/oslo.txt"],
        ["oslo.txt": "11", "a/oslo.txt": "44"],
        of: ["oslo.txt", "osl%6F.txt", "oslo.txt", "oslo.txt?again", "a/oslo.txt"])
      #expect(
        visit.web.asked.sorted() == ["a/oslo.txt", "oslo.txt"],
        "it asked for \(visit.list(visit.web.asked))")
    }
  },
]

/// What a downloader does when it is cancelled.
let endChecks: [Check<any Downloading.Type>] = [
  Check(
    "cancelling stops everything at once, and throws CancellationError", hint: 3,
    cause: "Tasks of their own (Task { }) hear of nothing; or a cancellation is made an outcome.",
    options: onDisk
  ) { type, world in
    var silent = Page.file("never")
    silent.thinks = .seconds(100)
    let pages: [String: Page] = [
      "a": .file("1", "2", "3"), "b": silent, "c": silent, "d": .file(after: 2),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      let result = await visit.download(
        ["a", "b", "c", "d"], limit: 2, cancelledAt: .milliseconds(1_500))
      let (over, inFlight) = (world.now, visit.web.inFlight)
      await world.settle()
      #expect(over == .milliseconds(1_500), "cancelled at 1.5 s, it was over at \(over)")
      #expect(inFlight == 0, "it was over, and downloads that were still in flight: \(inFlight)")
      #expect(
        visit.web.asked.count == 2,
        "cancelled at 1.5 s, it asked for \(visit.list(visit.web.asked))")
      switch result {
      case .success(let outcomes):
        Issue.record(
          "cancelled, it returned (\(visit.list(outcomes))) instead of throwing CancellationError")
      case .failure(let error):
        #expect(
          error is CancellationError, "cancelled, it threw \(error) instead of CancellationError")
      }
    }
    try await Visit.to(["e": .file(after: 1), "f": silent], with: type, in: world) { visit in
      // Just when the first of two is whole, and the second has its turn.
      let result = await visit.download(
        ["e", "f"], limit: 1, cancelledAt: world.now + .seconds(1))
      if case .success(let outcomes) = result {
        Issue.record(
          """
          cancelled when /e was whole and /f was not, it returned (\(visit.list(outcomes))) \
          instead of throwing CancellationError
          """)
      }
    }
  },
  Check(
    "cancelling leaves no part of a file, and those that are whole", hint: 3,
    cause: "The stream of a cancelled task ends as if all were there, and the half is renamed.",
    options: onDisk
  ) { type, world in
    let pages: [String: Page] = [
      "whole": .file(after: 1), "known": .file("1", "2", "3"),
      "unknown": .file("1", "2", "3", announced: false),
    ]
    try await Visit.to(pages, with: type, in: world) { visit in
      try visit.disk.write("old", to: "unknown")
      _ = await visit.download(
        ["whole", "known", "unknown"], cancelledAt: .milliseconds(1_500))
      try visit.expect(["whole": "text", "unknown": "old"], "cancelled at 1.5 s, when it was over")
    }
  },
  Check(
    "a caller that is cancelled already asks for nothing", hint: 3,
    cause: "The transport is asked before anybody looks. A permit, or a check of the task, does.",
    options: onDisk
  ) { type, world in
    try await Visit.to(["a": .file(after: 1)], with: type, in: world) { visit in
      let result = await Task(name: "caller") {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await visit.download(["a"])
      }.result
      #expect(visit.web.asked.isEmpty, "cancelled before it began, it asked for a")
      if case .success(let outcomes) = result {
        Issue.record("cancelled before it began, it returned (\(visit.list(outcomes)))")
      }
    }
  },
]
