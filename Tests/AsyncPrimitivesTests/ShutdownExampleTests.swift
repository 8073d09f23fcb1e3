import Testing

@testable import AsyncPrimitives

/// The examples of the doc comments.
@Suite("Examples of shutdowns")
struct ShutdownExampleTests {
  private let tray = AsyncQueue<Int>()
  private let journal = Journal()

  private func sort(_ letter: Int) async throws { journal.add("letter \(letter)") }
  private func pollForEver() async throws { try await Task.sleep(for: .seconds(3600)) }

  @Test func shutdown() async throws {
    // Listeners are a process's own: this one is ended by it.
    await #expect(processExitsWith: .success) {
      let shutdown = GracefulShutdown(limit: .seconds(10))
      let listener = SignalListener(.interrupt, .terminate) { _ in shutdown.request() }
      defer { listener.stop() }
      try await shutdown.run {
        ProcessSignal.terminate.sendToThisProcess()
        try await shutdown.wait()
      }
    }
  }

  @Test func handler() async throws {
    let shutdown = GracefulShutdown(limit: .seconds(10))
    for letter in 1...2 { try tray.tryPut(letter) }
    try await shutdown.run {
      shutdown.begin()
      try await withShutdownHandler {
        for try await letter in tray.items { try await sort(letter) }
      } onShutdown: {
        tray.shutdown()  // nothing more gets in; the loop ends when all is sorted
      }
    }
    #expect(journal.entries == ["letter 1", "letter 2"])
  }

  @Test func cancelling() async throws {
    let shutdown = GracefulShutdown(limit: nil)
    try await shutdown.run {
      shutdown.begin()
      try? await cancelOnShutdown { try await pollForEver() }
    }
  }

  @Test func services() async throws {
    let shutdown = GracefulShutdown(limit: nil)
    let tray = tray
    try await shutdown.run([
      Service("ledger") { try await GracefulShutdown.current?.wait() },
      Service("sorters") {
        try await withShutdownHandler {
          for try await _ in tray.items {}
        } onShutdown: {
          tray.shutdown()
        }
      },
      Service("door") { shutdown.begin() },
    ])
  }
}
