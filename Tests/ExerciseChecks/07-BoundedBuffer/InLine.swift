import CheckKit
import Synchronization
import Testing

/// One waits for room. Whoever makes room puts, too, before the other has had a turn.
func newcomerPuts(_ store: Store, _ world: World) async {
  await store.put("a1")
  await withDiscardingTaskGroup { group in
    group.addTask(name: "baker b") { await store.put("b1") }
    await world.settle()
    group.addTask(name: "baker c") {
      await store.take("baker c")
      await store.put("c1")
    }
    await store.expectNobodyWaitsInVain()
    await store.take(2)
  }
  store.expectTaken(
    ["a1", "b1", "c1"], "b1 waited for room, somebody took a1 and then put c1 at once")
}

/// One waits for a loaf. Whoever puts one takes, too, before the other has had a turn.
func newcomerTakes(_ store: Store, _ world: World) async {
  await withDiscardingTaskGroup { group in
    group.addTask(name: "van 1") { await store.take("van 1") }
    await world.settle()
    group.addTask(name: "baker") {
      await store.put("a1")
      await store.take("baker")
    }
    await store.expectNobodyWaitsInVain()
    await store.put("b1")
  }
  let got = store.text(store.taken(by: "van 1"))
  #expect(got == "a1", "van 1 waited, somebody put a1 and then took at once, and van 1 got \(got)")
}

/// Some who wait for room leave from among others.
func puttersLeave(_ store: Store, _ world: World) async {
  await store.put("a1")
  let line = WaitingLine(world) { await store.put($0) }
  await line.threeOfFiveLeave(["b1", "c1", "d1", "e1", "f1"])
  let waiting = store.puts(.waits)
  #expect(
    waiting == ["b1", "e1"],
    """
    the puts of c1, d1 and f1 were cancelled, and what waits on is \(store.text(waiting)) \
    instead of b1, e1
    """)
  await store.take(waiting.count + 1)
  if waiting == ["b1", "e1"] {
    store.expectTaken(["a1", "b1", "e1"], "a1, b1 and e1 were put, and three puts were cancelled")
  }
}

/// Some who wait for a loaf leave from among others.
func takersLeave(_ store: Store, _ world: World) async {
  let line = WaitingLine(world) { await store.take($0) }
  await line.threeOfFiveLeave(["van 1", "van 2", "van 3", "van 4", "van 5"])
  let waiting = store.takes(.waits)
  #expect(
    waiting == ["van 1", "van 4"],
    """
    vans 2, 3 and 5 were cancelled, and who waits on is \(store.text(waiting)) \
    instead of van 1, van 4
    """)
  for number in waiting.indices {
    await store.put("a\(number + 1)")
    await world.settle()
  }
  if waiting == ["van 1", "van 4"] {
    store.expectTaken(["a1", "a2"], "van 1 and van 4 waited when a1 and a2 were put")
  }
}

/// Some who stand in line, one behind the other, each in a task that can be cancelled alone.
private final class WaitingLine: Sendable {
  private let world: World
  private let work: @Sendable (String) async -> Void
  private let tasks = Mutex<[String: Task<Void, Never>]>([:])

  init(_ world: World, _ work: @escaping @Sendable (_ name: String) async -> Void) {
    self.world = world
    self.work = work
  }

  /// Three come. The second leaves and a fourth comes; the third leaves and a fifth comes, and
  /// leaves. So the first and the fourth stay.
  func threeOfFiveLeave(_ names: [String]) async {
    for name in names[...2] { await come(name) }
    await leave(names[1])
    await come(names[3])
    await leave(names[2])
    await come(names[4])
    await leave(names[4])
  }

  private func come(_ name: String) async {
    let task = Task(name: name) { await self.work(name) }
    tasks.withLock { $0[name] = task }
    await world.settle()
  }

  private func leave(_ name: String) async {
    tasks.withLock { $0[name] }?.cancel()
    await world.settle()
  }
}
