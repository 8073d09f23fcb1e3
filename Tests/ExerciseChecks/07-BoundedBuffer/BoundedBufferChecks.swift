import CheckKit
import Exercise07
import ExerciseKit
import Solution07
import Testing

typealias BufferType = any Buffering<String>.Type

@Suite("07 BoundedBuffer")
struct BoundedBufferTests {
  @Test("your answer", arguments: boundedBufferChecks)
  func learner(_ check: Check<BufferType>) async {
    await judge(Exercise07.BoundedBuffer<String>.self, by: check, of: "07-BoundedBuffer")
  }

  @Test("our solution", arguments: boundedBufferChecks)
  func solution(_ check: Check<BufferType>) async {
    await judge(Solution07.BoundedBuffer<String>.self, by: check, of: "07-BoundedBuffer")
  }

  @Test("a right answer of conditions", arguments: boundedBufferChecks)
  func conditions(_ check: Check<BufferType>) async {
    await judge(ConditionsBuffer<String>.self, by: check, of: "07-BoundedBuffer")
  }

  @Test("a right answer of semaphores", arguments: boundedBufferChecks)
  func semaphores(_ check: Check<BufferType>) async {
    await judge(SemaphoresBuffer<String>.self, by: check, of: "07-BoundedBuffer")
  }

  @Test("a wrong answer", arguments: wrongBoundedBuffers)
  func wrong(_ answer: WrongAnswer<BufferType>) async {
    await expectRejection(of: answer, by: boundedBufferChecks)
  }
}

let boundedBufferChecks: [Check<BufferType>] = [
  Check(
    "put waits when the buffer is full, and not before", hint: 1,
    cause: "Compare how many elements are in with the capacity, before the new one is added.",
    options: .short
  ) { type, world in
    let store = Store(world, type, capacity: 2)
    await withDiscardingTaskGroup { group in
      group.addTask(name: "baker") { for loaf in ["a1", "a2", "a3"] { await store.put(loaf) } }
      await world.settle()
      let count = store.puts(.done).count
      #expect(count == 2, "capacity 2, nobody takes, and puts that returned: \(count)")
      await store.take(3)
    }
  },
  Check(
    "take waits when the buffer is empty, and gets what comes", hint: 1,
    cause: "Somebody has to resume the task that waits for an element when there is one.",
    options: .short
  ) { type, world in
    let store = Store(world, type, capacity: 2)
    await withDiscardingTaskGroup { group in
      group.addTask(name: "van 1") { await store.take("van 1") }
      await world.settle()
      #expect(store.takes(.waits) == ["van 1"], "the buffer is empty, and take() did not wait")
      await store.put("a1")
      await store.expectNobodyWaitsInVain()
    }
    store.expectTaken(["a1"], "a1 was put while a task waited")
    await store.put("a2")
    await store.take(1)
    store.expectTaken(["a1", "a2"], "a2 was put while nobody waited")
  },
  Check(
    "whoever waits goes on at the moment at which it can", hint: 2,
    cause: "It looks again and again. Let the one that makes room, or puts, resume it.",
    options: .short
  ) { type, world in
    let store = Store(world, type, capacity: 1)
    await withDiscardingTaskGroup { group in
      group.addTask(name: "baker") {
        await store.put("a1")
        await store.put("a2")
      }
      try? await world.clock.sleep(for: .seconds(1))
      await store.take(2)
    }
    await withDiscardingTaskGroup { group in
      group.addTask(name: "van 1") { await store.take("van 1") }
      try? await world.clock.sleep(for: .seconds(2))
      await store.put("a3")
    }
    for (event, seconds) in [("a2 is in", 1), ("van 1 has a3", 3)] {
      let time = store.log.time(of: event) ?? .zero
      #expect(time <= .seconds(seconds), "it could go on at \(seconds) s: \(event) at \(time)")
    }
  },
  Check(
    "what was put first is taken first", hint: 1,
    cause: "Elements come out of the wrong end, or one that waited for room is overtaken.",
    options: .short
  ) { type, world in
    let store = Store(world, type, capacity: 2)
    await store.put("a1", "a2")
    await store.take(1)
    await withDiscardingTaskGroup { group in
      for loaf in ["b1", "c1"] {
        group.addTask(name: "baker \(loaf.prefix(1))") { await store.put(loaf) }
        await world.settle()
      }
      for _ in 1...3 {
        await store.take(1)
        await world.settle()
      }
    }
    store.expectTaken(["a1", "a2", "b1", "c1"], "a1, a2, b1, c1 were put in this order")
  },
  Check(
    "whoever has waited longest goes on next", hint: 2,
    cause: "Who waits stands in a line, in at its end, out at its front. Nobody may overtake it.",
    options: .short
  ) { type, world in
    let store = Store(world, type, capacity: 1)
    await withDiscardingTaskGroup { group in
      for van in ["van 1", "van 2", "van 3"] {
        group.addTask(name: van) { await store.take(van) }
        await world.settle()
      }
      for (loaf, van) in [("a1", "van 1"), ("a2", "van 2"), ("a3", "van 3")] {
        await store.put(loaf)
        await world.settle()
        let got = ["van 1", "van 2", "van 3"].filter { store.taken(by: $0).contains(loaf) }
        #expect(got == [van], "\(van) had waited longest, and \(loaf) went to \(store.text(got))")
      }
    }
    await store.put("b1")
    await withDiscardingTaskGroup { group in
      for loaf in ["c1", "d1"] {
        group.addTask(name: "baker \(loaf.prefix(1))") { await store.put(loaf) }
        await world.settle()
      }
      await store.take(1)
      await world.settle()
      let waiting = store.puts(.waits)
      #expect(waiting == ["d1"], "c1 had waited longest, and waits on: \(store.text(waiting))")
      await store.take(2)
    }
    await newcomerPuts(Store(world, type, capacity: 1), world)
    await newcomerTakes(Store(world, type, capacity: 1), world)
  },
  Check(
    "nothing is lost and nothing is doubled", hint: 2,
    cause: "Looking and changing are not one step, or a wake-up goes to one who cannot use it.",
    options: .short
  ) { type, world in
    let store = Store(world, type, capacity: 1)
    await store.traffic(bakers: ["a", "b"], puts: 2, vans: ["van 1", "van 2"], takes: 2)
    store.expectTaken(
      ["a1", "a2", "b1", "b2"], "two put two each while two took two each", inOrder: false)
  },
  Check(
    "there is never more in it than its capacity, whoever comes in between", hint: 2,
    cause: "A task is woken since there is room, and another is faster. Hand the room over.",
    options: .short
  ) { type, world in
    let store = Store(world, type, capacity: 1)
    await store.traffic(bakers: ["a", "b", "c"], puts: 1, vans: ["van 1"], takes: 3)
    let most = store.mostInside
    #expect(most <= 1, "capacity 1, and elements that were put and not taken: \(most)")
  },
  Check(
    "a put that is cancelled ends at once, and has put nothing", hint: 3,
    cause:
      "It is not resumed, or another is, or its element stays. Find its own entry by a number.",
    options: .short
  ) { type, world in
    for before in [false, true] {
      let store = Store(world, type, capacity: 1)
      await store.put("a1")
      guard await store.cancelPut("b1", before: before) else { return }
      await withDiscardingTaskGroup { group in
        group.addTask(name: "baker c") { await store.put("c1") }
        await world.settle()
        await store.take(2 - store.taken.count)
      }
      store.expectTaken(["a1", "c1"], "a1 and c1 were put, and b1's put was cancelled")
    }
    await puttersLeave(Store(world, type, capacity: 1), world)
  },
  Check(
    "a take that is cancelled ends at once, and has taken nothing", hint: 3,
    cause: "It is not resumed, or another is, or it stays in the line and gets what comes next.",
    options: .short
  ) { type, world in
    for before in [false, true] {
      let store = Store(world, type, capacity: 1)
      guard await store.cancelTake(by: "van 1", before: before) else { return }
      await withDiscardingTaskGroup { group in
        group.addTask(name: "van 2") { await store.take("van 2") }
        await world.settle()
        await store.put("a1")
      }
      #expect(
        store.taken(by: "van 2") == ["a1"], "a1 was put for van 2, and was taken by somebody else")
    }
    await takersLeave(Store(world, type, capacity: 1), world)
  },
  Check(
    "what a cancelled task was to get goes to the next", hint: 2,
    cause: "It was woken, was cancelled, and threw. What it was woken for is gone, or comes twice.",
    options: .short
  ) { type, world in
    try await roomForTheNext(Store(world, type, capacity: 1), world)
    try await loafForTheNext(Store(world, type, capacity: 1), world)
  },
]

/// Two wait for room. There is room while the first of them is cancelled.
private func roomForTheNext(_ store: Store, _ world: World) async throws {
  await store.put("a1")
  await withDiscardingTaskGroup { others in
    await withDiscardingTaskGroup { group in
      group.addTask(name: "baker b") { await store.put("b1") }
      await world.settle()
      others.addTask(name: "baker c") { await store.put("c1") }
      await world.settle()
      others.addTask(name: "van 1") { await store.take("van 1") }
      await Task.yield()
      store.log.add("b is cancelled")
      group.cancelAll()
    }
    await store.expectNobodyWaitsInVain()
    await store.take(store.puts(.cancelled).isEmpty ? 2 : 1)
  }
  let put = store.puts(.done)
  store.expectTaken(
    put, "b1's put was cancelled when there was room; puts that returned: \(store.text(put))")
}

/// Two wait for a loaf. There is one while the first of them is cancelled.
private func loafForTheNext(_ store: Store, _ world: World) async throws {
  await withDiscardingTaskGroup { others in
    await withDiscardingTaskGroup { group in
      group.addTask(name: "van 1") { await store.take("van 1") }
      await world.settle()
      others.addTask(name: "van 2") { await store.take("van 2") }
      await world.settle()
      others.addTask(name: "baker a") { await store.put("a1") }
      await Task.yield()
      store.log.add("van 1 is cancelled")
      group.cancelAll()
    }
    await store.expectNobodyWaitsInVain()
    if store.takes(.cancelled).isEmpty { await store.put("a2") }
  }
  let put = store.puts(.done)
  store.expectTaken(
    put, "van 1 was cancelled when a1 was put; puts that returned: \(store.text(put))")
}
