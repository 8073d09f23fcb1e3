import CheckKit
import Testing

@testable import AsyncPrimitives

/// What `AsyncStream`, the native twin of a queue, does and does not do: the traps that the lesson
/// on queues tells of. If one of these fails after an update of the toolchain, so does the lesson.
@Suite("AsyncStream, for comparison", .startsTasks)
struct StreamTests {
  @Test("CH-05 cancelling one consumer ends the stream for all; a queue's others go on")
  func oneCancelledConsumer() async throws {
    try await explore { world in
      let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
      let journal = Journal()
      let loops = ["a", "b"].map { name in
        Task {
          for await item in stream { journal.add("\(name)\(item)") }
          journal.add("\(name) ends")
        }
      }
      await world.settle()
      loops[0].cancel()
      for loop in loops { await loop.value }
      #expect(Set(journal.entries) == ["a ends", "b ends"])
      guard case .terminated = continuation.yield(1) else {
        Issue.record("the stream still takes items")
        return
      }
    }
  }

  @Test("CH-08 two consumers of an AsyncThrowingStream end the process")
  func twoThrowingConsumers() async {
    await #expect(processExitsWith: .failure) {
      let (stream, continuation) = AsyncThrowingStream.makeStream(of: Int.self)
      await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 { group.addTask { for try await _ in stream {} } }
        for _ in 0..<10_000 { await Task.yield() }
        continuation.finish()
      }
    }
  }

  @Test("CH-08 two consumers of an AsyncStream split its items")
  func twoConsumers() async throws {
    try await explore { world in
      let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
      let received = Journal()
      let loops = (0..<2).map { _ in
        Task { for await item in stream { received.add("\(item)") } }
      }
      await world.settle()
      for item in 0..<4 { continuation.yield(item) }
      continuation.finish()
      for loop in loops { await loop.value }
      #expect(received.entries.sorted() == ["0", "1", "2", "3"])
    }
  }

  @Test("CH-09 a continuation that is dropped without finish leaves the consumer waiting for ever")
  func droppedContinuation() async {
    let report = await Simulation.run { world in
      let stream: AsyncStream<Int>
      do {
        let (made, continuation) = AsyncStream.makeStream(of: Int.self)
        continuation.yield(1)
        stream = made
      }
      var received: [Int] = []
      for await item in stream { received.append(item) }
      return received
    }
    #expect(report.verdict.isDeadlock)
  }

  @Test("CH-10 a limited buffer drops items, and only the result of yield says so")
  func droppedItems() async {
    for (policy, kept) in [
      (AsyncStream<Int>.Continuation.BufferingPolicy.bufferingNewest(2), [3, 4]),
      (.bufferingOldest(2), [1, 2]),
    ] {
      let (stream, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: policy)
      var dropped = 0
      for item in 1...4 {
        if case .dropped = continuation.yield(item) { dropped += 1 }
      }
      continuation.finish()
      #expect(dropped == 2)
      #expect(await stream.reduce(into: []) { $0.append($1) } == kept)
    }
  }

  @Test("CH-10 an unlimited buffer takes all that comes: there is no back-pressure")
  func noBackPressure() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
    for item in 0..<10_000 {
      guard case .enqueued = continuation.yield(item) else {
        Issue.record("item \(item) was not enqueued")
        break
      }
    }
    continuation.finish()
    #expect(await stream.reduce(0) { count, _ in count + 1 } == 10_000)
  }
}
