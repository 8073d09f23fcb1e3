import CheckJournal
import Foundation
import Synchronization
public import Testing

/// Lets a program that reads the journal know of a check that is not a ``Check``: before it begins.
///
/// - Parameters:
///   - sentence: What must be true.
///   - location: Where it is stated.
public func noteBeginning(of sentence: String, at location: SourceLocation) {
  Journal.current?.write(record(.began, sentence, location))
}

/// Lets a program that reads the journal know what came of such a check.
///
/// - Parameters:
///   - sentence: What must be true.
///   - location: Where it is stated.
///   - seen: What was seen instead; empty if it is true.
///   - todo: What the answer says is still to do.
public func noteEnd(
  of sentence: String, at location: SourceLocation, seen: [String], todo: String?
) {
  let event: CheckRecord.Event =
    todo != nil ? .unfinished : seen.isEmpty ? .held : .failed
  var record = record(event, sentence, location)
  record.todo = todo
  if event == .failed { (record.ending, record.seen) = (.expectation, seen) }
  Journal.current?.write(record)
}

private func record(
  _ event: CheckRecord.Event, _ sentence: String, _ location: SourceLocation
) -> CheckRecord {
  CheckRecord(
    event, sentence: sentence, test: Test.current?.name ?? "", file: location.fileID,
    // After all that are checks.
    place: 1_000_000 + location.line)
}

/// Where checks write down what becomes of them, if the environment names a file for it.
///
/// The runner does. Each line is written before anything else happens, so that the journal is
/// complete up to the moment of a crash.
final class Journal: Sendable {
  /// The journal of this process; nil if nobody asked for one.
  static let current: Journal? = {
    guard let path = ProcessInfo.processInfo.environment[CheckRecord.journalVariable],
      let file = FileHandle(forWritingAtPath: path)
    else { return nil }
    return Journal(file)
  }()

  private let file: Mutex<FileHandle>

  private init(_ file: sending FileHandle) { self.file = Mutex(file) }

  /// Adds a line.
  func write(_ record: CheckRecord) {
    guard var line = try? JSONEncoder().encode(record) else { return }
    line.append(UInt8(ascii: "\n"))
    file.withLock { file in
      // A journal that cannot be written has nobody to complain to; the tests report as ever.
      _ = try? file.seekToEnd()
      try? file.write(contentsOf: line)
    }
  }
}

extension Check {
  /// A line about this check, in the test that runs.
  func record(_ event: CheckRecord.Event) -> CheckRecord {
    CheckRecord(
      event, sentence: sentence, test: Test.current?.name ?? "", file: file, place: place)
  }

  /// A line about what this check has against an answer, or that it has nothing.
  func record(_ failure: CheckFailure?) -> CheckRecord {
    guard let failure else { return record(.held) }
    var record = record(failure.todo == nil ? .failed : .unfinished)
    record.todo = failure.todo
    record.seed = failure.seed
    guard failure.todo == nil else { return record }
    record.ending = failure.ending
    record.seen = failure.seen
    record.cause = failure.cause
    record.hint = failure.hint
    record.timeline = failure.timeline.isEmpty ? nil : failure.timeline
    return record
  }
}
