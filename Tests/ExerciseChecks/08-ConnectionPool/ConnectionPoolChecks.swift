import CheckKit
import Exercise08
import ExerciseKit
import Solution08
import Testing

typealias PoolType = any ConnectionPooling.Type

@Suite("08 ConnectionPool")
struct ConnectionPoolTests {
  @Test("your answer", arguments: connectionPoolChecks)
  func learner(_ check: Check<PoolType>) async {
    await judge(Exercise08.ConnectionPool.self, by: check, of: "08-ConnectionPool")
  }

  @Test("our solution", arguments: connectionPoolChecks)
  func solution(_ check: Check<PoolType>) async {
    await judge(Solution08.ConnectionPool.self, by: check, of: "08-ConnectionPool")
  }

  @Test("a right answer of another build", arguments: connectionPoolChecks)
  func alternative(_ check: Check<PoolType>) async {
    await judge(PlacesPool.self, by: check, of: "08-ConnectionPool")
  }

  @Test("a right answer that is an actor", arguments: connectionPoolChecks)
  func actor(_ check: Check<PoolType>) async {
    await judge(HandingPool.self, by: check, of: "08-ConnectionPool")
  }

  @Test("a wrong answer", arguments: wrongConnectionPools)
  func wrong(_ answer: WrongAnswer<PoolType>) async {
    await expectRejection(of: answer, by: connectionPoolChecks)
  }
}

let connectionPoolChecks: [Check<PoolType>] = [
  Check(
    "a connection is opened when it is needed, and used again", hint: 1,
    cause: "Look for a connection that nobody uses, and open one only if there is none.",
    options: .short
  ) { type, world in
    let office = Office(world, type, limit: 3, Database(world))
    await world.settle()
    try office.expectOpened(0, "nobody has called")
    for who in ["ann", "bob"] { await office.callAlone(who) }
    try office.expectOpened(1, "two called, one after the other")
  },
  Check(
    "never more connections are open than the limit allows", hint: 1,
    cause: "Whoever opens one needs a permit, and gives it back only when it is closed or idle.",
    options: .short
  ) { type, world in
    let office = Office(world, type, limit: 2, Database(world))
    await office.together { group in
      for who in ["ann", "bob", "cem", "dan"] {
        group.addTask(name: who) { await office.call(who) }
      }
    }
    try office.expectAtMost(2)
  },
  Check(
    "callers do not wait as long as there is room", hint: 1,
    cause: "One waits while another opens or uses a connection, or looks only now and then.",
    options: .short
  ) { type, world in
    let office = Office(world, type, limit: 2, Database(world, seconds: 1))
    await office.together { group in
      for who in ["ann", "bob"] {
        group.addTask(name: who) { await office.call(who, seconds: 1) }
      }
      await world.settle()
      group.addTask(name: "cem") { await office.call("cem", seconds: 1) }
    }
    for who in ["ann", "bob"] {
      try office.expect(who, isDoneBy: 2, "the limit is 2, and to open and to use take 1 s each")
    }
    try office.expect("cem", isDoneBy: 3, "ann and bob were done at 2 s")
  },
  Check(
    "a connection has one user at a time", hint: 1,
    cause: "Looking for a connection that nobody uses and taking it are not one step.",
    options: .short
  ) { type, world in
    let office = Office(world, type, limit: 2, Database(world))
    await office.together { group in
      for who in ["ann", "bob", "cem", "dan"] {
        group.addTask(name: who) { await office.call(who) }
      }
    }
  },
  Check(
    "first come, first served", hint: 1,
    cause: "Who waits stands in a line. AsyncSemaphore has one.",
    options: .short
  ) { type, world in
    let office = Office(world, type, limit: 1, Database(world))
    await office.together { group in
      for (who, seconds) in [("ann", 1), ("bob", 0), ("cem", 0), ("dan", 0)] {
        group.addTask(name: who) { await office.call(who, seconds: seconds) }
        await world.settle()
      }
    }
    let served = office.database.log.texts.filter { $0.contains(" has line") }
    let order = served.map { String($0.prefix(3)) }
    #expect(
      order == ["ann", "bob", "cem", "dan"],
      "ann, bob, cem, dan called, and got their connections as \(order.joined(separator: ", "))")
  },
  Check(
    "a connection goes to the next, however its user ends", hint: 2,
    cause: "It is given back only if all goes well. Give it back on every way out.",
    options: .short
  ) { type, world in
    for (use, expected) in [
      (Office.Use.reads, "rows for ann"), (.fails, "wrongQuery"),
    ] {
      let office = Office(world, type, limit: 1, Database(world))
      await office.together { group in
        group.addTask(name: "ann") { await office.call("ann", use) }
        group.addTask(name: "bob") { await office.call("bob") }
        await office.expectEnd(of: "ann", "bob")
      }
      try office.expect("ann", gets: expected)
      try office.expect("bob", gets: "rows for bob")
      try office.expectOpened(1, "ann was done, and bob was next")
    }
    let office = Office(world, type, limit: 1, Database(world))
    await office.callAndCancel("ann", seconds: 9, after: 1)
    await office.callAlone("bob")
    try office.expect("ann", gets: "CancellationError()")
    try office.expectOpened(1, "ann was cancelled while she used it, and bob was next")
  },
  Check(
    "a connection that has broken is closed, and nobody gets it again", hint: 3,
    cause: "It is kept with the others. Ask isBroken when it comes back.",
    options: .short
  ) { type, world in
    let office = Office(world, type, limit: 1, Database(world))
    await office.callAlone("ann", .breaksIt)
    #expect(office.database.open.isEmpty, "line 1 has broken, and was not closed")
    await office.callAlone("bob")
    try office.expect("ann", gets: "rows for ann")
    try office.expect("bob", gets: "rows for bob")
    try office.expectAtMost(1)
  },
  Check(
    "an opening that fails or is cancelled costs nobody a place", hint: 2,
    cause: "The permit does not come back, or a connection that has come too late is forgotten.",
    options: .short
  ) { type, world in
    let refusing = Database(world, openings: [.fails])
    let office = Office(world, type, limit: 1, refusing)
    await office.callAlone("ann")
    try office.expect("ann", gets: "refused", "the first opening was refused")
    await office.callAlone("bob")
    try office.expect("bob", gets: "rows for bob")
    for opening in [Database.Opening.succeeds, .succeedsAnyway] {
      let office = Office(world, type, limit: 1, Database(world, seconds: 2, openings: [opening]))
      await office.callAndCancel("ann", after: 1)
      await office.callAlone("bob")
      try office.expect("ann", gets: "CancellationError()", "she was cancelled")
      try office.expect("bob", gets: "rows for bob")
      try office.expectAtMost(1)
    }
  },
  Check(
    "a caller who is cancelled while it waits keeps nobody waiting", hint: 2,
    cause: "It does not hear of it, or it leaves, and what it was to get goes with it.",
    options: .short
  ) { type, world in
    // Before it would be its turn, and when it is.
    for moment in [1, 2] {
      let office = Office(world, type, limit: 1, Database(world))
      await office.together { group in
        group.addTask(name: "ann") { await office.call("ann", seconds: 2) }
        await world.settle()
        await office.callAndCancel("bob", after: moment) {
          group.addTask(name: "cem") { await office.call("cem", seconds: 1) }
          await world.settle()
        }
        await office.expectEnd(of: "ann", "bob", "cem")
      }
      if moment == 1 {
        try office.expect("bob", gets: "CancellationError()", "he was cancelled while he waited")
        try office.expect("bob", isDoneBy: 1, "he was cancelled")
        try office.expectAtMost(1)
      }
      try office.expect("cem", gets: "rows for cem")
      try office.expect("cem", isDoneBy: 3, "ann was done at 2 s, and bob was cancelled")
    }
  },
  Check(
    "a closed pool closes its connections, and lends none", hint: 3,
    cause: "Some are in use when it closes. Look whether it is closed when they come back.",
    options: .short
  ) { type, world in
    let unused = Office(world, type, limit: 1, Database(world))
    await unused.callAlone("ann")
    await unused.close()
    #expect(unused.database.open.isEmpty, "the pool was closed, and line 1, unused, is open")
    let office = Office(world, type, limit: 2, Database(world))
    await office.together { group in
      group.addTask(name: "ann") { await office.call("ann", seconds: 1) }
      group.addTask(name: "bob") { await office.call("bob", seconds: 2) }
      try? await world.clock.sleep(for: .seconds(1))
      await world.settle()
      group.addTask(name: "cem") { await office.call("cem", seconds: 2) }
      await world.settle()
      group.addTask(name: "dan") { await office.call("dan") }
      await world.settle()
      await office.close()
      await office.callAlone("eve")
      await office.expectEnd(of: "ann", "bob", "cem", "dan")
    }
    try office.expect("cem", gets: "rows for cem", "he had a connection when the pool was closed")
    try office.expect("dan", gets: "closed", "he waited when the pool was closed")
    try office.expect("eve", gets: "closed", "she called when the pool was closed")
    let open = office.database.open
    #expect(
      open.isEmpty,
      "the pool was closed, all are done, and what is open: \(open.joined(separator: ", "))")
  },
]
