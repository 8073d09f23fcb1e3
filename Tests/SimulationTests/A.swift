import AsyncPrimitives
import Dispatch
import Simulation
import Testing

actor Counter {
  var value = 0
  func add() async { let v = value; await Task.yield(); value = v + 1 }
  func get() -> Int { value }
  func set(_ v: Int) { value = v }
  func napAndDie() async throws { try await Task.sleep(for: .seconds(60)) }
}

@Test func together() async {
  let start = ContinuousClock.now
  for seed in 0..<50 as Range<UInt64> {
    let r = await Simulation.run(seed: seed) { world in
      let t0 = ContinuousClock.now
      await withTaskGroup(of: Void.self) { g in
        for d in [2.0, 1.0, 1.5] { g.addTask { try? await Task.sleep(for: .seconds(d)) } }
      }
      #expect(world.now == .seconds(2))
      #expect(t0.duration(to: .now) == .seconds(2))
    }
    #expect(r.verdict.isPassed, "\(r.verdict)")
    #expect(r.elapsed == .seconds(2))
  }
  print("50 runs", start.duration(to: .now))
}

@Test func escapes() async {
  for seed in 0..<50 as Range<UInt64> {
    let r = await Simulation.run(seed: seed) { world in
      let a = Task { try await Task.sleep(for: .seconds(10)); return world.now }
      let b = Task.detached { try await Task.sleep(for: .seconds(20)); return world.now }
      let c = Task { @MainActor in MainActor.assertIsolated(); try await Task.sleep(for: .seconds(30)); MainActor.assertIsolated(); return world.now }
      let d = Task.immediate { try await Task.sleep(for: .seconds(5)); return world.now }
      #expect(try await d.value == .seconds(5))
      #expect(try await a.value == .seconds(10))
      #expect(try await b.value == .seconds(20))
      #expect(try await c.value == .seconds(30))
      await MainActor.run { MainActor.assertIsolated() }
      try await world.clock.sleep(for: .seconds(1))
      try await SuspendingClock().sleep(for: .milliseconds(250))
      return world.now
    }
    #expect(r.verdict.isPassed, "\(r.verdict)")
    #expect(r.value == .seconds(31) + .milliseconds(250))
  }
}

@Test func dead() async {
  let r = await Simulation.run(seed: 3) { world in
    let (s, _) = AsyncStream.makeStream(of: Int.self)
    await withTaskGroup(of: Void.self) { g in
      g.addTask(name: "reader") { for await _ in s {} }
      g.addTask(name: "joiner") { await Task(name: "inner") { for await _ in s {} }.value }
    }
  }
  print(r.verdict)
}
@Test func leak() async {
  let r = await Simulation.run(seed: 3) { world in
    _ = Task(name: "heartbeat") { while true { try await Task.sleep(for: .seconds(1)) } }
    try await Task.sleep(for: .seconds(3))
  }
  print(r.verdict)
}
@Test func blocked() async {
  let r = await Simulation.run(seed: 3) { world in
    await withTaskGroup(of: Void.self) { g in
      g.addTask(name: "blocker") { DispatchSemaphore(value: 0).block() }
    }
  }
  print(r.verdict)
}
extension DispatchSemaphore { func block() { wait() } }
@Test func spin() async {
  let r = await Simulation.run(seed: 3) { world in
    while !Task.isCancelled { await Task.yield() }
  }
  print(r.verdict)
}
@Test func dispatch() async {
  for seed in 0..<20 as Range<UInt64> {
  let r = await Simulation.run(seed: seed) { world in
    await withCheckedContinuation { c in DispatchQueue.global().async { c.resume() } }
    let t = Task { await withCheckedContinuation { c in DispatchQueue.global().async { c.resume() } }; return Simulation.isRunning }
    #expect(await t.value)
  }
  #expect(r.verdict.isPassed, "\(r.verdict)")
  }
}
@Test func cancelledSleep() async {
  let r = await Simulation.run(seed: 3) { world in
    let c = Counter()
    let t = Task { try await Task.sleep(for: .seconds(60)) }
    let u = Task { try await c.napAndDie() }
    await world.settle()
    #expect(world.sleepers == 2)
    t.cancel()
    u.cancel()
    _ = await t.result
    _ = await u.result
    print("sleepers", world.sleepers)
    #expect(world.now == .zero)
  }
  #expect(r.verdict.isPassed, "\(r.verdict)")
  #expect(r.elapsed == .zero)
}
@Test func lostUpdates() async {
  let c = await Simulation.explore { _ in
    let c = Counter()
    await withTaskGroup(of: Void.self) { g in for _ in 0..<5 { g.addTask { await c.add() } } }
    struct Lost: Error {}
    if await c.get() != 5 { throw Lost() }
  }
  print(c.problem ?? "none", c.schedules)
  let d = await Simulation.explore { _ in
    let c = Counter()
    await withTaskGroup(of: Void.self) { g in for _ in 0..<2 { g.addTask { let v = await c.get(); await c.set(v + 1) } } }
    struct Lost: Error {}
    if await c.get() != 2 { throw Lost() }
  }
  print(d.problem ?? "none", d.schedules)
  let e = await Simulation.explore { _ in
    let c = Counter()
    let a = Task { let v = await c.get(); await c.set(v + 1) }
    let b = Task { let v = await c.get(); await c.set(v + 1) }
    await a.value; await b.value
    struct Lost: Error {}
    if await c.get() != 2 { throw Lost() }
  }
  print("unstructured", e.problem ?? "none", e.schedules)
  let f = await Simulation.exploreAll { _ in
    await withTaskGroup(of: Void.self) { g in for _ in 0..<3 { g.addTask { await Task.yield() ; await Task.yield() } } }
  }
  print("all", f.problem ?? "none", f.schedules, f.isExhaustive)
  let g = await Simulation.explore { _ in
    await withTaskGroup(of: Void.self) { g in for _ in 0..<3 { g.addTask { if Bool.random() { await Task.yield() } ; await Task.yield() } } }
  }
  print("random", g.problem ?? "none", g.schedules)
}

@Test func countSteps() async {
  for (name, seed) in [("fifo", 0), ("random", 1)] as [(String, UInt64)] {
    let r = await Simulation.run(seed: seed) { _ in for _ in 0..<1000 { await Task.yield() } }
    print("STEPS", name, r.steps)
    let r2 = await Simulation.run(seed: seed) { _ in await Task { for _ in 0..<1000 { await Task.yield() } }.value }
    print("STEPS unstructured", name, r2.steps)
    let r3 = await Simulation.run(seed: seed) { _ in let c = Counter(); for _ in 0..<1000 { _ = await c.get() } }
    print("STEPS actor", name, r3.steps)
    let r4 = await Simulation.run(seed: seed) { _ in for _ in 0..<1000 { try await Task.sleep(for: .seconds(1)) } }
    print("STEPS sleep", name, r4.steps)
  }
  for n in [1, 2] {
  let f = await Simulation.exploreAll(limit: 100_000) { _ in
    await withTaskGroup(of: Void.self) { g in for _ in 0..<3 { g.addTask { for _ in 0..<n { await Task.yield() } } } }
  }
  print("all", n, f.problem ?? "none", f.schedules, f.isExhaustive)
  }
}
