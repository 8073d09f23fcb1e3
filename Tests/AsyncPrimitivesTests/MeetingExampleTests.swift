import AsyncPrimitives
import Testing

/// The examples of the documentation, compiled and run, so that they cannot drift.
@Suite("Examples in the documentation of event, semaphore, condition and barrier")
struct MeetingExampleTests {
  private func visit(after doors: AsyncEvent) async throws {
    try await doors.wait()
  }

  @Test func asyncEvent() async throws {
    let doors = AsyncEvent("doors open")
    async let first: Void = visit(after: doors)
    async let second: Void = visit(after: doors)
    doors.set()
    try await first
    try await second
  }

  private func fetch(_ name: String) async throws -> String { name.uppercased() }
  private let urls = ["a", "b", "c", "d"]

  @Test func asyncSemaphore() async throws {
    let connections = AsyncSemaphore(limit: 3, "connections")
    let pages = try await gather(urls) { url in
      try await connections.withPermit { try await fetch(url) }
    }
    #expect(pages == ["A", "B", "C", "D"])
  }

  private actor Larder {
    var eggs = 0
    func addEggs(_ count: Int) { eggs += count }
    func takeEggs(_ count: Int) { eggs -= count }
  }

  @Test func asyncCondition() async throws {
    let larder = Larder()
    let lock = AsyncLock("larder")
    let refilled = AsyncCondition(lock, "refilled")
    async let cook: Void = lock.withLock {
      try await refilled.wait(until: { await larder.eggs >= 3 })
      await larder.takeEggs(3)
    }
    async let shopper: Void = lock.withLock {
      await larder.addEggs(12)
      try refilled.notifyAll()
    }
    _ = try await (cook, shopper)
    #expect(await larder.eggs == 9)
  }

  private actor Orders {
    var open: [String] = []
    func add(_ order: String) { open.append(order) }
    func popFirst() -> String? { open.isEmpty ? nil : open.removeFirst() }
  }

  @Test func conditionWithAValue() async throws {
    let orders = Orders()
    let arrived = AsyncCondition(AsyncLock(), "arrived")
    async let waiter = arrived.lock.withLock {
      let order = try await arrived.wait(for: { await orders.popFirst() })
      return order
    }
    try await arrived.lock.withLock {
      await orders.add("tea")
      try arrived.notify()
    }
    #expect(try await waiter == "tea")
  }

  private func warmUp(_ runner: String) async throws {}
  private func run(_ runner: String, lane: Int) async throws -> Int { lane }

  @Test func asyncBarrier() async throws {
    let start = try AsyncBarrier(parties: 3, "start")
    let lanes = try await gather(["ann", "bob", "cem"]) { runner in
      try await warmUp(runner)
      let number = try await start.wait()
      return try await run(runner, lane: number + 1)
    }
    #expect(lanes.sorted() == [1, 2, 3])
  }
}
