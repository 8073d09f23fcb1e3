import CheckKit
import ExerciseKit
import Foundation
import Synchronization
import Testing

/// A thread that writes a file may have to wait for the system, on a busy machine: that is not yet
/// a thread which an answer blocks.
let onDisk: Simulation.Options = {
  var options = Simulation.Options()
  options.blockLimit = .seconds(10)
  return options
}()

/// A web, a folder to download into, and one answer to try.
struct Visit: Sendable {
  let world: World
  let web: PlayedWeb
  let disk: Disk
  let news = News()
  private let type: any Downloading.Type

  /// Runs `body` with pages by their names, and removes the folder afterwards.
  static func to(
    _ pages: [String: Page], with type: any Downloading.Type, in world: World,
    _ body: (Visit) async throws -> Void
  ) async throws {
    let disk = try Disk()
    defer { disk.remove() }
    try await body(Visit(type, pages, disk, world))
  }

  private init(
    _ type: any Downloading.Type, _ pages: [String: Page], _ disk: Disk, _ world: World
  ) {
    self.type = type
    self.disk = disk
    self.world = world
    web = PlayedWeb(world, pages)
  }

  /// Downloads pages, and says in words what came of each.
  func download(
    _ names: [String], limit: Int = 10, timeout: Duration = .seconds(60)
  ) async throws -> [String] {
    let urls = try names.map { try #require(URL(string: "http://host/\($0)")) }
    let downloader = type.init(limit: limit, transport: web)
    return try await downloader.download(
      urls, into: disk.folder, timeout: timeout, progress: news.hear
    ).map(disk.words)
  }

  /// Begins to download, does something else meanwhile, and cancels it or not.
  func download(
    _ names: [String], limit: Int = 10, cancelledAt cancellation: Duration? = nil,
    while body: @escaping @Sendable () async throws -> Void = {}
  ) async -> Result<[String], any Error> {
    let caller = Task(name: "caller") { try await download(names, limit: limit) }
    let other = Task(name: "the check") {
      try await body()
      guard let cancellation else { return }
      try await world.clock.sleep(for: cancellation - world.now)
      world.note("cancels the caller")
      caller.cancel()
    }
    let result = await caller.result
    other.cancel()
    _ = await other.result
    return result
  }

  /// Ends the check if these are not the outcomes, or not the files that are in the folder then.
  func expect(
    _ outcomes: [String], _ files: [String: String]? = nil, of names: [String], limit: Int = 10,
    timeout: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let asked = names.isEmpty ? "nothing" : list(names.map { "/\($0)" })
    let seen: [String]
    do {
      seen = try await download(names, limit: limit, timeout: timeout)
    } catch {
      Issue.record(
        "asked for \(asked), it threw \(error), and each URL has to have its outcome",
        sourceLocation: sourceLocation)
      throw error
    }
    try #require(
      seen == outcomes,
      "asked for \(asked), and the outcomes were (\(list(seen))) instead of (\(list(outcomes)))",
      sourceLocation: sourceLocation)
    if let files { try expect(files, "after that", sourceLocation: sourceLocation) }
  }

  /// Ends the check if these are not the files in the folder, and what is in them.
  func expect(
    _ files: [String: String], _ when: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let seen = disk.files
    try #require(
      seen == files, "\(when), the folder holds \(text(seen)) instead of \(text(files))",
      sourceLocation: sourceLocation)
  }

  func list(_ words: [String]) -> String { words.joined(separator: ", ") }

  private func text(_ files: [String: String]) -> String {
    if files.isEmpty { return "nothing" }
    return files.sorted { $0.key < $1.key }.map { "\($0.key) (“\($0.value)”)" }
      .joined(separator: ", ")
  }
}

/// A folder of its own on the disk, to download into, and what is around it.
struct Disk: Sendable {
  private let root: URL

  /// Where downloads go.
  var folder: URL { root.appending(path: "downloads", directoryHint: .isDirectory) }

  /// Takes one that is free, or makes one.
  init() throws {
    root =
      Self.free.withLock { $0.popLast() }
      ?? Self.all.appending(path: "\(Self.next.add(1, ordering: .relaxed).newValue)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// Empties it, and lets another run have it.
  func remove() {
    let manager = FileManager.default
    for name in (try? manager.contentsOfDirectory(atPath: root.path)) ?? [] {
      try? manager.removeItem(at: root.appending(path: name))
    }
    Self.free.withLock { $0.append(root) }
  }

  /// Takes the folder itself away: it may not be there when downloads begin.
  func removeFolder() { try? FileManager.default.removeItem(at: folder) }

  /// Writes a file that is there before anything is downloaded.
  func write(_ text: String, to name: String) throws {
    let url = folder.appending(path: name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  /// The files in the folder and below, and what is in them.
  var files: [String: String] { files(below: folder) }

  /// How many bytes there are in all of them.
  var bytes: Int { files.values.reduce(0) { $0 + $1.utf8.count } }

  /// The files that are not in the folder.
  var strangers: [String] {
    files(below: root).keys.filter { !$0.hasPrefix("downloads/") }.sorted()
  }

  /// Makes whatever is written next to an open file that holds `text` fail, as on a disk that is
  /// full.
  ///
  /// - Returns: Whether there is such a file, and somebody has it open. Never on Darwin, where an
  ///   open file may be guarded against that, and the process would be ended.
  func refuseWriting(toWhatHolds text: String) -> Bool {
    var isOpen = false
    #if !canImport(Darwin)
      for (name, contents) in files where contents == text {
        var file = stat()
        guard stat(folder.appending(path: name).path, &file) == 0 else { continue }
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd")) ?? [] {
          var other = stat()
          guard let descriptor = Int32(entry), fstat(descriptor, &other) == 0,
            other.st_ino == file.st_ino, other.st_dev == file.st_dev
          else { continue }
          // From now on, the same number stands for something that is open for reading only.
          let readOnly = open("/dev/null", O_RDONLY)
          if dup2(readOnly, descriptor) == descriptor { isOpen = true }
          close(readOnly)
        }
      }
    #endif
    return isOpen
  }

  /// The absolute path of something beside the folder.
  func path(beside name: String) -> String { root.path + "/" + name }

  /// An outcome: "ok maps/oslo.txt", "cutOff", "status(404)".
  func words(_ outcome: DownloadOutcome) -> String {
    switch outcome {
    case .failure(let failure): return "\(failure)"
    case .success(let url):
      let (path, start) = (url.standardizedFileURL.path, folder.standardizedFileURL.path + "/")
      return "ok " + (path.hasPrefix(start) ? String(path.dropFirst(start.count)) : path)
    }
  }

  private func files(below folder: URL) -> [String: String] {
    var files: [String: String] = [:]
    for name in FileManager.default.subpaths(atPath: folder.path) ?? [] {
      guard let data = try? Data(contentsOf: folder.appending(path: name)) else { continue }
      files[name] = String(decoding: data, as: UTF8.self)
    }
    return files
  }

  private static let next = Atomic(0)
  private static let free = Mutex<[URL]>([])

  /// Removed when the process ends, since a run that ends in a deadlock cannot remove its own.
  private static let all: URL = {
    atexit { try? FileManager.default.removeItem(at: Disk.place) }
    return place
  }()

  /// In memory where the system has such a folder: thousands of runs make thousands of files.
  private static let place: URL = {
    let memory = URL(filePath: "/dev/shm", directoryHint: .isDirectory)
    let isThere = FileManager.default.isWritableFile(atPath: memory.path)
    return (isThere ? memory : FileManager.default.temporaryDirectory)
      .appending(path: "async-workbook-14-\(ProcessInfo.processInfo.processIdentifier)")
  }()
}
