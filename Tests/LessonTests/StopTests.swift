import Foundation
import Simulation
import Testing

/// Lesson 15 in real time, stopped from outside as a shell, a supervisor or an impatient reader would.
@Suite("Stopping lesson 15", .enabled(if: Project.lessonFolders.contains("15-Shutdown")))
struct StopTests {
  @Test("one signal: what was accepted is done, and the lesson ends by it", arguments: signals)
  func one(signal: Int32) async throws {
    let run = try await stop([signal])
    #expect(run.status == signal)
    #expect(run.wasKilled)
    #expect(try totals(in: run.output).left == 0)
    expectNothingAfterStopped(run.output)
  }

  @Test("two signals: what is left is cancelled and counted, and the ledger closed all the same")
  func two() async throws {
    let run = try await stop([SIGTERM, SIGTERM])
    #expect(run.status == SIGTERM)
    #expect(run.wasKilled)
    #expect(run.output.contains("what was left has been cancelled"))
    #expect(try totals(in: run.output).left > 0)
    expectNothingAfterStopped(run.output)
  }

  @Test("three signals, or kill -9: at once", arguments: [[SIGTERM, SIGTERM, SIGTERM], [SIGKILL]])
  func atOnce(signals: [Int32]) async throws {
    let run = try await stop(signals)
    #expect(run.status == signals.last)
    #expect(run.wasKilled)
    #expect(!run.output.contains("stopped"))
  }

  @Test("with --virtual, and where nobody listens, a signal ends the lesson as any other program")
  func unheard() async throws {
    let run = try await stop([SIGTERM], scene: 1, after: "is sorted")
    #expect(run.status == SIGTERM)
    #expect(run.wasKilled)
  }

  /// SIGINT only if whoever runs the tests does not ignore it, as the lesson would then.
  static var signals: [Int32] {
    let before = signal(SIGINT, SIG_IGN)
    signal(SIGINT, before)
    let isIgnored = unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    return isIgnored ? [SIGTERM] : [SIGINT, SIGTERM]
  }

  /// Starts a scene, and sends each signal when the lesson has said something that it waits for.
  private func stop(
    _ signals: [Int32], scene: Int = 2, after words: String = "heart:"
  ) async throws -> Run {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(
          with: Result { try stopBlocking(signals, scene: scene, after: words) })
      }
    }
  }

  private func stopBlocking(_ signals: [Int32], scene: Int, after words: String) throws -> Run {
    let process = Process()
    process.executableURL = Project.location(of: "Lesson15")
    // In the scene after that, nothing may happen.
    process.arguments = ["--scene", "\(scene)", "--scene", "7"]
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    var text = ""
    var cues = [words, "nothing new", "ledger: closing starts"][...]
    for signal in signals {
      let cue = cues.popFirst() ?? words
      while !text.contains(cue) {
        let part = output.fileHandleForReading.availableData
        if part.isEmpty { break }
        text += String(decoding: part, as: UTF8.self)
      }
      kill(process.processIdentifier, signal)
    }
    text += String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Run(
      output: text, errors: "", status: process.terminationStatus,
      wasKilled: process.terminationReason == .uncaughtSignal)
  }

  /// Reads the table, in which accepted is sorted and left, and each sorted one is in the ledger.
  private func totals(in output: String) throws -> (accepted: Int, left: Int) {
    let row = try #require(
      output.split(separator: "\n").first { $0.contains(/^ +[0-9]+( +[0-9]+){4}$/) })
    let numbers = row.split(separator: " ").compactMap { Int($0) }
    #expect(numbers[0] == numbers[1] + numbers[2])
    #expect(numbers[3] == 0)
    #expect(numbers[4] == numbers[1])
    return (numbers[0], numbers[2])
  }

  private func expectNothingAfterStopped(_ output: String) {
    let rest = output.components(separatedBy: "  stopped\n").last ?? ""
    #expect(!rest.contains(#/\n *[0-9]+\.[0-9]{2}  /#), "something was told after “stopped”")
    #expect(output.hasSuffix("came from outside: the lesson ends by it.\n"))
  }
}
