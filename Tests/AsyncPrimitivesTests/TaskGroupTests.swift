import CheckKit
import Testing

/// What Swift's own task groups and `async let` promise where asyncio has its `TaskGroup`. There is
/// nothing of ours here: if one of these fails after an update of the toolchain, lessons 03 and 10
/// say something that is no longer so.
@Suite("Task groups, for comparison", .startsTasks)
struct TaskGroupTests {
  @Test("TG-01 all children have ended when the scope is left, also those that were added late")
  func childrenEndFirst() async throws {
    try await explore { world in
      let journal = Journal()
      let values = await withTaskGroup(of: Int.self) { group in
        group.addTask {
          await pause(world, .seconds(2))
          journal.add("first ends")
          return 42
        }
        await pause(world, .seconds(1))
        group.addTask {
          await pause(world, .seconds(3))
          journal.add("second ends")
          return 11
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      journal.add("scope ends")
      #expect(values == [42, 11])
      #expect(journal.entries == ["first ends", "second ends", "scope ends"])
      #expect(world.now == .seconds(4))
    }
  }

  @Test("TG-04 cancelled from outside: all children are, the group awaits them, then it throws")
  func cancelledFromOutside() async throws {
    try await explore { world in
      let journal = Journal()
      let task = Task {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<5 {
            group.addTask {
              do { try await world.clock.sleep(for: .seconds(60)) } catch {
                await pause(world, .seconds(1), whileCancelled: true)
                journal.add("child")
                throw error
              }
            }
          }
          try await group.waitForAll()
        }
      }
      await world.settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(journal.entries.count == 5)
      #expect(world.now == .seconds(1))
    }
  }

  @Test("TG-05, TG-06 an error of the body cancels and awaits the children, and it is the only one")
  func bodyThrows() async throws {
    try await explore { world in
      let journal = Journal()
      await #expect(throws: Mishap(1)) {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            do { try await world.clock.sleep(for: .seconds(60)) } catch {
              journal.add("child was cancelled")
              throw Mishap(2)
            }
          }
          await world.settle()
          throw Mishap(1)
        }
      }
      #expect(journal.entries == ["child was cancelled"])
    }
  }

  @Test(
    "TG-08 a child fails in a cancelled group: its error is thrown, and the task stays cancelled")
  func failureAndCancellation() async throws {
    try await explore { world in
      let task = Task {
        await #expect(throws: Mishap(1)) {
          try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
              try? await world.clock.sleep(for: .seconds(60))
              throw Mishap(1)
            }
            try await group.waitForAll()
          }
        }
        try await world.clock.sleep(for: .seconds(1))
      }
      await world.settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(world.now == .zero)
    }
  }

  @Test("TG-09 groups in groups: a failure outside cancels those inside, and one inside gets out")
  func nested() async throws {
    try await explore { world in
      let journal = Journal()
      await #expect(throws: Mishap(1)) {
        try await withThrowingTaskGroup(of: Void.self) { outer in
          outer.addTask {
            try await withThrowingTaskGroup(of: Void.self) { inner in
              inner.addTask {
                do { try await world.clock.sleep(for: .seconds(60)) } catch {
                  journal.add("inner child was cancelled")
                  throw error
                }
              }
              try await inner.waitForAll()
            }
          }
          outer.addTask {
            try await world.clock.sleep(for: .seconds(1))
            throw Mishap(1)
          }
          // Whichever ends first is what this sees first: the failure.
          try await outer.next()
        }
      }
      #expect(journal.entries == ["inner child was cancelled"])
      #expect(world.now == .seconds(1))
    }
  }

  @Test("TG-10 a cancelled group starts nothing more if it is asked not to")
  func addUnlessCancelled() async throws {
    try await explore { _ in
      let journal = Journal()
      await withTaskGroup(of: Void.self) { group in
        group.cancelAll()
        let isAdded = group.addTaskUnlessCancelled { journal.add("refused") }
        #expect(!isAdded)
        // The plain form adds it nevertheless; it starts, and is cancelled from its first line.
        group.addTask { journal.add(Task.isCancelled ? "cancelled" : "not cancelled") }
      }
      #expect(journal.entries == ["cancelled"])
    }
  }

  @Test("TG-13 a discarding group frees children as they end; the other kind keeps their results")
  func finishedChildren() async throws {
    final class Thing: Sendable {}
    try await explore { world async throws in
      await withDiscardingTaskGroup { group in
        weak var seen: Thing?
        do {
          let thing = Thing()
          seen = thing
          group.addTask { withExtendedLifetime(thing) {} }
        }
        await world.settle()
        #expect(seen == nil)
      }
      await withTaskGroup(of: Thing.self) { group in
        weak var seen: Thing?
        do {
          let thing = Thing()
          seen = thing
          group.addTask { thing }
        }
        await world.settle()
        #expect(seen != nil)
        await group.waitForAll()
        #expect(seen == nil)
      }
    }
  }

  @Test("TG-14 without next(), a child's error is lost and its siblings run on")
  func lostError() async throws {
    try await explore { world in
      let journal = Journal()
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { throw Mishap(1) }
        group.addTask {
          try await world.clock.sleep(for: .seconds(1))
          journal.add("sibling ran on")
        }
      }
      #expect(journal.entries == ["sibling ran on"])
    }
  }

  @Test("TG-14 waitForAll throws the first error, but not before the siblings have ended")
  func lateError() async throws {
    try await explore { world in
      let journal = Journal()
      await #expect(throws: Mishap(1)) {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { throw Mishap(1) }
          group.addTask {
            try await world.clock.sleep(for: .seconds(1))
            journal.add("sibling ran on")
          }
          try await group.waitForAll()
        }
      }
      #expect(journal.entries == ["sibling ran on"])
      #expect(world.now == .seconds(1))
    }
  }

  @Test("TG-16 an async let that nobody awaits is cancelled and awaited at the end of its scope")
  func asyncLet() async throws {
    try await explore { world in
      let journal = Journal()
      @Sendable func child() async {
        try? await world.clock.sleep(for: .seconds(60))
        journal.add(Task.isCancelled ? "cancelled" : "not cancelled")
      }
      func scope() async {
        async let _ = child()
        await world.settle()
      }
      await scope()
      journal.add("scope ended")
      #expect(journal.entries == ["cancelled", "scope ended"])
      #expect(world.now == .zero)
    }
  }
}

/// Lets virtual time pass, also in a task that is cancelled where that is asked for.
private func pause(_ world: World, _ length: Duration, whileCancelled: Bool = false) async {
  if whileCancelled {
    await Task { try? await world.clock.sleep(for: length) }.value
  } else {
    try? await world.clock.sleep(for: length)
  }
}
