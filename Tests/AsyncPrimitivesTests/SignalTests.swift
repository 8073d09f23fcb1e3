import Foundation
import Testing

@testable import AsyncPrimitives

/// Each of these runs in a process of its own: signals belong to processes.
@Suite("Signals")
struct SignalTests {
  @Test("GS-13 two signals are heard of, and the third ends the process by itself")
  func third() async throws {
    let run = try await #require(
      processExitsWith: .signal(SIGTERM), observing: [\.standardOutputContent]
    ) {
      signal(SIGTERM, SIG_DFL)
      let heard = DispatchSemaphore(value: 0)
      let listener = SignalListener(.terminate) { signal in
        print("heard of \(signal)")
        fflush(nil)
        heard.signal()
      }
      for _ in 1...2 {
        ProcessSignal.terminate.sendToThisProcess()
        heard.wait()
      }
      ProcessSignal.terminate.sendToThisProcess()
      try await Task.sleep(for: .seconds(60))
      listener.stop()
    }
    let output = String(decoding: run.standardOutputContent, as: UTF8.self)
    #expect(output.components(separatedBy: "heard of SIGTERM\n").count == 3)
  }

  @Test("GS-13 SIGINT: the first drains, the second cancels, clean-up runs, the process ends by it")
  func interrupt() async throws {
    let run = try await #require(
      processExitsWith: .signal(SIGINT), observing: [\.standardOutputContent]
    ) {
      signal(SIGINT, SIG_DFL)
      let shutdown = GracefulShutdown(limit: .seconds(60))
      let listener = SignalListener(.interrupt) { _ in print("now \(shutdown.request())") }
      do {
        try await shutdown.run {
          try await withResource {
          } release: {
            try await Task.sleep(for: .milliseconds(20))
            print("closed")
          } body: {
            ProcessSignal.interrupt.sendToThisProcess()
            try await shutdown.wait()
            ProcessSignal.interrupt.sendToThisProcess()
            try await Task.sleep(for: .seconds(60))
          }
        }
      } catch {
        print("\(error)")
      }
      listener.stop()
      ProcessSignal.interrupt.endThisProcess()
    }
    let lines = String(decoding: run.standardOutputContent, as: UTF8.self).split(separator: "\n")
    #expect(
      lines.suffix(4) == ["now draining", "now cancelling", "closed", "\(ShutdownCancelled())"])
  }

  @Test("a listener that was stopped, or dropped, leaves signals to do what they did before")
  func restored() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      signal(SIGTERM, SIG_DFL)
      let listener = SignalListener(.terminate) { _ in exit(3) }
      listener.stop()
      listener.stop()
      ProcessSignal.terminate.sendToThisProcess()
      try await Task.sleep(for: .seconds(60))
    }
    await #expect(processExitsWith: .signal(SIGTERM)) {
      signal(SIGTERM, SIG_DFL)
      _ = SignalListener(.terminate) { _ in exit(3) }
      ProcessSignal.terminate.sendToThisProcess()
      try await Task.sleep(for: .seconds(60))
    }
  }

  @Test("one listener after the other hears, and of two at once the one that was made last")
  func several() async throws {
    let run = try await #require(
      processExitsWith: .signal(SIGTERM), observing: [\.standardOutputContent]
    ) {
      signal(SIGTERM, SIG_DFL)
      let heard = DispatchSemaphore(value: 0)
      let listen = { (name: String) in
        SignalListener(.terminate) { _ in
          print("\(name) hears")
          fflush(nil)
          heard.signal()
        }
      }
      let first = listen("first")
      ProcessSignal.terminate.sendToThisProcess()
      heard.wait()
      first.stop()
      let outer = listen("outer")
      let inner = listen("inner")
      ProcessSignal.terminate.sendToThisProcess()
      heard.wait()
      inner.stop()
      ProcessSignal.terminate.sendToThisProcess()
      heard.wait()
      outer.stop()
      ProcessSignal.terminate.sendToThisProcess()
      try await Task.sleep(for: .seconds(60))
    }
    let lines = String(decoding: run.standardOutputContent, as: UTF8.self).split(separator: "\n")
    #expect(lines.suffix(3) == ["first hears", "inner hears", "outer hears"])
  }

  @Test("a callback may itself make a listener for another signal, and stop its own")
  func fromCallback() async throws {
    await #expect(processExitsWith: .exitCode(5)) {
      signal(SIGINT, SIG_DFL)
      signal(SIGTERM, SIG_DFL)
      let second = AsyncEvent()
      let listener = SignalListener(.terminate) { _ in
        let other = SignalListener(.interrupt) { _ in exit(5) }
        ProcessSignal.interrupt.sendToThisProcess()
        withExtendedLifetime(other) { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + 30) }
      }
      ProcessSignal.terminate.sendToThisProcess()
      try await second.wait()
      listener.stop()
    }
  }

  @Test("a signal that the process was started to ignore stays ignored, and says so")
  func ignored() async {
    await #expect(processExitsWith: .exitCode(7)) {
      signal(SIGINT, SIG_IGN)
      signal(SIGTERM, SIG_DFL)
      let listener = SignalListener(.interrupt, .terminate) { signal in
        if signal == .interrupt { exit(3) }
      }
      guard !listener.hears(.interrupt), listener.hears(.terminate) else { exit(4) }
      ProcessSignal.interrupt.sendToThisProcess()
      try await Task.sleep(for: .milliseconds(50))
      listener.stop()
      ProcessSignal.interrupt.sendToThisProcess()
      exit(7)
    }
  }

  @Test("ending by a signal works from any thread, and says as a status what a shell shows")
  func ending() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      // Dispatch's threads block signals.
      DispatchQueue.global().async { ProcessSignal.terminate.endThisProcess() }
      try await Task.sleep(for: .seconds(60))
    }
    // Nobody dies of a window's change of size.
    await #expect(processExitsWith: .exitCode(128 + SIGWINCH)) {
      ProcessSignal(number: SIGWINCH).endThisProcess()
    }
    #expect(ProcessSignal.interrupt.exitStatus == 130)
    #expect(ProcessSignal.terminate.exitStatus == 143)
    #expect("\(ProcessSignal.terminate)" == "SIGTERM")
  }
}
