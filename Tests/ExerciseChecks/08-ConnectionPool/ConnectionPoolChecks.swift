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
    cause: "Whoever is done hands its place to the first in line, as AsyncSemaphore does.",
    options: .short
  ) { type, world in
    let office = Office(world, type, limit: 1, Database(world))
    await office.together { group in
      group.addTask(name: "ann") {
        await office.call("ann", seconds: 1)
        await office.call("ann")
      }
      await world.settle()
      for who in ["bob", "cem", "dan"] {
        group.addTask(name: who) { await office.call(who, seconds: 1) }
        await world.settle()
      }
    }
    let served = office.database.log.texts.filter { $0.contains(" has line") }
    let order = served.map { String($0.prefix(3)) }
    let seen = order.joined(separator: ", ")
    #expect(
      order == ["ann", "bob", "cem", "dan", "ann"],
      "ann, bob, cem, dan and again ann called, and got their connections as \(seen)")
  },
  Check(
    "body's result or error goes to its caller, and its connection to the next", hint: 2,
    cause: "Give it back on every way out, and ask nothing more: body has said how it ended.",
    options: .short
  ) { type, world in
    // Who uses it for 9 s is cancelled. After ann comes one who waits, after him one who does not.
    for (use, seconds, expected) in [
      (Office.Use.reads, 1, "rows for ann"), (.fails, 1, "wrongQuery"),
      (.reads, 9, "CancellationError()"), (.readsAnyway, 9, "rows for ann"),
      (.failsAnyway, 9, "wrongQuery"),
    ] {
      let office = Office(world, type, limit: 1, Database(world))
      await office.together { group in
        await office.callAndCancel("ann", use, seconds: seconds, after: 2) {
          group.addTask(name: "bob") { await office.call("bob", use) }
          await world.settle()
        }
        await office.expectEnd(of: "ann", "bob")
      }
      await office.callAlone("cem")
      let end = seconds == 9 ? "was cancelled while she used it" : "was done"
      try office.expect("ann", gets: expected, "that is how body ended, and she \(end)")
      try office.expect("cem", gets: "rows for cem")
      try office.expectOpened(1, "ann \(end), and bob and cem were next")
    }
  },
  Check(
    "a connection that has broken is closed, and the next gets another", hint: 3,
    cause: "Ask isBroken on every way out, close it, and let the next in, as ever.",
    options: .short
  ) { type, world in
    // Who uses it for 9 s is cancelled. After ann comes one who waits, after him one who does not.
    for (use, seconds, expected) in [
      (Office.Use.breaksIt, 1, "rows for ann"), (.breaksItAndFails, 1, "wrongQuery"),
      (.breaksIt, 9, "CancellationError()"),
    ] {
      let office = Office(world, type, limit: 1, Database(world))
      await office.together { group in
        await office.callAndCancel("ann", use, seconds: seconds, after: 2) {
          group.addTask(name: "bob") { await office.call("bob", use) }
          await world.settle()
        }
        await office.expectEnd(of: "ann", "bob")
      }
      let broken = office.database.brokenAndOpen.joined(separator: ", ")
      #expect(broken.isEmpty, "what has broken, and was not closed: \(broken)")
      await office.callAlone("cem")
      try office.expect("ann", gets: expected, "that is how body ended")
      try office.expect("cem", gets: "rows for cem")
      try office.expectAtMost(1)
    }
  },
  Check(
    "an opening that fails or is cancelled costs nobody a place", hint: 2,
    cause: "The place does not go to the next, or a connection that came too late is forgotten.",
    options: .short
  ) { type, world in
    // After ann comes one who waits, after him one who does not.
    let refusing = Database(world, seconds: 1, openings: [.fails, .fails])
    let office = Office(world, type, limit: 1, refusing)
    await office.together { group in
      for who in ["ann", "bob"] {
        group.addTask(name: who) { await office.call(who) }
        await world.settle()
      }
      await office.expectEnd(of: "ann", "bob")
    }
    await office.callAlone("cem")
    try office.expect("ann", gets: "refused", "the first opening was refused")
    try office.expect("bob", gets: "refused", "the second opening was refused, too")
    try office.expect("cem", gets: "rows for cem")
    for opening in [Database.Opening.succeeds, .succeedsAnyway] {
      let office = Office(world, type, limit: 1, Database(world, seconds: 2, openings: [opening]))
      await office.together { group in
        await office.callAndCancel("ann", after: 1) {
          group.addTask(name: "bob") { await office.call("bob") }
          await world.settle()
        }
        await office.expectEnd(of: "ann", "bob")
      }
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
    "a closed pool closes its connections, and turns callers away", hint: 3,
    cause: "Close what nobody uses, and what was opened too late. Whoever has its turn, and "
      + "whoever gives one back, looks whether the pool is closed, and lets the next in.",
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
      // More than the limit.
      for who in ["dan", "eli", "fay"] {
        group.addTask(name: who) { await office.call(who) }
        await world.settle()
      }
      await office.close()
      await office.callAlone("eve")
      await office.expectEnd(of: "ann", "bob", "cem", "dan", "eli", "fay")
    }
    try office.expect("cem", gets: "rows for cem", "he had a connection when the pool was closed")
    for who in ["dan", "eli", "fay"] {
      try office.expect(who, gets: "closed", "\(who) waited when the pool was closed")
    }
    try office.expect("eve", gets: "closed", "she called when the pool was closed")
    let open = office.database.open
    #expect(
      open.isEmpty,
      "the pool was closed, all are done, and what is open: \(open.joined(separator: ", "))")
    let late = Office(world, type, limit: 1, Database(world, seconds: 1))
    await late.together { group in
      group.addTask(name: "ann") { await late.call("ann") }
      await world.settle()
      await late.close()
      await late.expectEnd(of: "ann")
    }
    #expect(late.database.open.isEmpty, "line 1, being opened when the pool was closed, is open")
  },
]
