// Lesson 13 · Files
//
//   asyncio                                   Swift
//   await asyncio.to_thread(path.read_text)   try await FileThreads.shared.run { … }
//   (a pool of threads that may block)        FileThreads, a TaskExecutor
//   async with aiofiles.open(name) as file:   try await disk.withFile(name, for: .reading) { … }
//   async for line in file: …                 for try await line in lines { … }
//   await gather(*map(read, names))           try await gather(names, limit: 8) { … }
//
// Run me:    swift run Lesson13
// Then try:  Exercises/13-WordCount

import AsyncPrimitives
import Narration

@main
struct Lesson13 {
  static func main() async {
    await Lesson(13, "Files") {
      Scene("Three files, written and read", stamps: .milliseconds, theLongestFileSetsThePace)
      Scene("On the pool's threads", aBlockingReadTakesAThreadFromAll)
      Scene("On threads of their own", onAThreadForFilesAReadHarmsNobody)
      Scene("Lines as they come", linesNeedMemoryForOnePieceOnly)
      Scene("Leaving early", whoeverLeavesTheFileIsClosed)
      Scene("A thousand files, a few at a time", moreAtATimeThanThreadsGainsNothing)
      Scene("What can go wrong", eachFailureIsOneOutcome)
      Scene("Half a file", aFileIsSeenWhileItIsWritten)
      Scene("Aside, and then renamed", aFileThatIsRenamedIsNeverSeenHalf)
    }.main()
  }
}

/// All are written together, then all are read together: each takes as long as the longest file.
func theLongestFileSetsThePace(_ narrator: Narrator) async throws {
  try await withDisk(narrator) { disk in
    narrator.lanes("ann.txt", "bob.txt", "cem.txt")
    try await gather(diaries) { name, text in
      try await narrator.span(name, "write", announces: false) {
        try await disk.write(text, to: name)
      }
    }
    narrator.tell("all are written")
    let texts = try await gather(diaries) { name, _ in
      try await narrator.span(name, "read", announces: false) { try await disk.readText(name) }
    }
    narrator.tell("all are read, as written: \(texts == diaries.map(\.value) ? "yes" : "no")")
  }
}

/// A call that blocks keeps its thread. When every thread of the pool is kept, nothing else runs.
func aBlockingReadTakesAThreadFromAll(_ narrator: Narrator) async throws {
  narrator.say("As many slow drives as the pool has threads. Each is read by a call that blocks.")
  try await readSlowDrives(narrator) { drives, name in try await drives.readBlocking(name) }
}

/// The same call, made elsewhere: the task suspends, and its thread of the pool serves others.
func onAThreadForFilesAReadHarmsNobody(_ narrator: Narrator) async throws {
  narrator.say("The same drives. The calls block threads that are there for it.")
  try await readSlowDrives(narrator) { drives, name in try await drives.readElsewhere(name) }
}

/// A whole file needs memory for all of it. Lines need it for one piece, and the first comes at once.
func linesNeedMemoryForOnePieceOnly(_ narrator: Narrator) async throws {
  try await withDisk(narrator) { disk in
    try await disk.write(days(20_000, seed: narrator.seed).joined(separator: "\n"), to: "days.txt")
    var start = narrator.elapsed
    let text = try await disk.readText("days.txt")
    let whole = narrator.elapsed - start
    start = narrator.elapsed
    var (first, seen) = (Duration.zero, 0)
    let held = try await disk.withLines(of: "days.txt") { lines in
      var days = lines.makeAsyncIterator()  // What `for try await` makes; this one can be asked.
      while let day = try await days.next() {
        if first == .zero { first = narrator.elapsed - start }
        if day.contains("whale") { seen += 1 }
      }
      return days.mostHeld
    }
    let whales = text.split(separator: "\n").count { $0.contains("whale") }
    narrator.say("A diary. Days with a whale, by either way: \(whales) and \(seen).")
    let wholeRow = ["as a whole", whole.inMilliseconds, "\(text.utf8.count)"]
    let lineRow = ["line by line", first.inMilliseconds, "\(held)"]
    narrator.table(header: ["read", "first day after", "bytes held"], rows: [wholeRow, lineRow])
  }
}

/// Ann reads to the end, Bob has seen enough, Cem is cancelled. Each of their files is closed.
func whoeverLeavesTheFileIsClosed(_ narrator: Narrator) async throws {
  try await withDisk(narrator) { disk in
    narrator.lanes("ann", "bob", "cem")
    try await disk.write("rain\nsun\nwhale\nfish\nsoup\n", to: "days.txt")
    let readers = ["ann", "bob", "cem"].map { reader in
      Task(name: reader) {
        try await narrator.span(reader) {
          try await disk.withLines(of: "days.txt") { days in
            for try await day in days {
              try await Task.sleep(for: .seconds(0.2))  // Reads it aloud.
              if reader == "bob", day == "whale" { break }
            }
          }
        }
      }
    }
    try await Task.sleep(for: .seconds(0.5))
    narrator.tell("files open: \(disk.open.now); cem is called away")
    readers[2].cancel()
    for reader in readers { _ = await reader.result }
    narrator.tell("files open: \(disk.open.now)")
  }
}

/// What the disk cannot do at the same time waits in line, with its file open.
func moreAtATimeThanThreadsGainsNothing(_ narrator: Narrator) async throws {
  try await withDisk(narrator) { disk in
    let texts = days(1_000, seed: narrator.seed)
    let names = texts.indices.map { "day \($0 + 1).txt" }
    for (name, text) in zip(names, texts) { try await disk.write(text, to: name) }
    narrator.tell("words written: \(words(in: texts.joined(separator: " ")))")
    var rows: [[String]] = []
    for limit in [1, 8, 64] {
      let start = narrator.elapsed
      let progress = Progress(narrator, "\(limit) at a time", every: limit == 8 ? 250 : 1_000)
      try await narrator.span("\(limit) at a time", announces: false) {
        _ = try await gather(names, limit: limit) { name in
          try await disk.withLines(of: name) { lines in
            progress.add(words: try await lines.reduce(0) { $0 + words(in: $1) })
          }
        }
      }
      rows.append(["\(limit)", "\(disk.open.most)", (narrator.elapsed - start).inSeconds])
    }
    narrator.table(header: ["at a time", "most files open", "time"], rows: rows)
  }
}

/// Nobody's failure is another's: each is a value with a reason, and the rest is read.
func eachFailureIsOneOutcome(_ narrator: Narrator) async throws {
  try await withDisk(narrator) { disk in
    let names = try await prepareTrouble(on: disk)
    let outcomes = try await gatherOutcomes(names) { name in
      if name == "/dev/full" { return try await disk.write("A day.", to: name) }
      _ = try await disk.readText(name)
    }
    let rows = zip(names, outcomes).map { [$0, inWords($1, of: $0)] }
    narrator.table(header: ["file", "what came of it"], rows: rows)
    narrator.say("Files open: \(disk.open.now)")
  }
}

/// A file has its name from the first byte on. Whoever opens it then reads what there is.
func aFileIsSeenWhileItIsWritten(_ narrator: Narrator) async throws {
  narrator.say("Ann's diary is written anew, in two pieces, while somebody reads it:")
  show(await readings { try await $0.writeInPieces($1, to: "ann.txt") }, narrator)
}

/// A rename is one step. Before it, readers open the old file; after it, the new one.
func aFileThatIsRenamedIsNeverSeenHalf(_ narrator: Narrator) async throws {
  narrator.say("The same, written as ann.txt.new, and renamed when it is whole:")
  show(await readings { try await $0.save($1, as: "ann.txt") }, narrator)
}
