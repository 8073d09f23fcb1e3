import CheckKit
import ExerciseKit
import Testing

/// Rules 6 and 7: a shutdown, and the deadline that begins with it.
let shutdownChecks: [Check<PipelineMaker>] = [
  Check(
    "after a shutdown no producer is asked for another parcel", hint: 2,
    cause: "The producers' loops do not look whether it was called, or hear only of a full queue."
  ) { make, world in
    let depot = Depot(world)
    let pipeline = make(1, .seconds(100))
    async let totals = depot.run(
      pipeline,
      [depot.producer("ann", makes: 9), depot.producer("bob", makes: 9)],
      [depot.consumer("van", each: .seconds(1))])
    try await world.pass(.milliseconds(500))
    await pipeline.shutdown()
    await world.settle()
    let before = depot.requests
    _ = await totals
    let more = depot.requests - before
    #expect(
      more == 0, "the shutdown was at 0.5 s, and producers were asked \(more) times after that")
  },
  Check(
    "a shutdown does not wait for a parcel that is being made", hint: 2,
    cause:
      "A flag is looked at between two parcels only. The producers have to be cancelled as well."
  ) { make, world in
    let depot = Depot(world)
    let pipeline = make(1, .seconds(100))
    async let totals = depot.run(
      pipeline,
      [depot.producer("ann", makes: 2, each: .seconds(3600)), depot.producer("bob", makes: 2)],
      [depot.consumer("van")])
    try await world.pass(.seconds(1))
    await pipeline.shutdown()
    let said = await totals
    #expect(
      world.now <= .seconds(1),
      """
      ann needs an hour for a parcel, all else was done; the shutdown was at 1 s, and it returned \
      \(depot.end)
      """)
    depot.expect(said, when: "shut down while ann made a parcel")
  },
  Check(
    "after a shutdown the consumers drain what was produced", hint: 2,
    cause:
      "Who waits for room is cancelled, or turned away; or what a cancelled producer returns is lost."
  ) { make, world in
    let depot = Depot(world)
    let pipeline = make(2, .seconds(100))
    async let running = depot.run(
      pipeline,
      [
        depot.producer("ann", makes: 9), depot.producer("bob", makes: 9),
        // Has not heard of the shutdown, and comes with its parcel half a second later.
        depot.producer("cid", makes: 9, each: .seconds(2), isDeaf: true),
      ],
      [depot.consumer("van", each: .seconds(1))])
    try await world.pass(.milliseconds(1500))
    await pipeline.shutdown()
    let totals = await running
    depot.expectAllConsumed(when: "drained after a shutdown")
    if depot.consumed.count == depot.made.count {
      depot.expect(totals, when: "drained after a shutdown")
    }
  },
  Check(
    "it returns as soon as it has drained, not at the deadline", hint: 2,
    cause: "It sleeps for the limit whatever happens. Let the work and the sleep race."
  ) { make, world in
    let depot = Depot(world)
    let pipeline = make(1, .seconds(100))
    async let totals = depot.run(
      pipeline,
      [depot.producer("ann", makes: 9)], [depot.consumer("van", each: .seconds(1))])
    try await world.pass(.milliseconds(500))
    await pipeline.shutdown()
    _ = await totals
    #expect(
      world.now <= .seconds(3),
      "3 parcels at most were there, 1 s for each; the limit is 100 s, and it returned \(depot.end)"
    )
  },
  Check(
    "anybody may call for the shutdown, at any time and more than once", hint: 2,
    cause:
      "A call before run is forgotten, one from a consumer waits for itself, or one is too many."
  ) { make, world in
    let depot = Depot(world)
    let pipeline = make(2, .seconds(1000))
    let isEarly = world.oneOf([true, false])
    if isEarly { await pipeline.shutdown() }
    let totals = await depot.run(
      pipeline,
      [depot.producer("ann", makes: 50, each: .seconds(1))],
      [
        depot.consumer("van") { _ in
          await pipeline.shutdown()
          await pipeline.shutdown()
        }
      ])
    let who = isEarly ? "before it ran" : "by a consumer, with its first parcel and each one"
    let bound = isEarly ? 0 : 3
    #expect(depot.made.count <= bound, "it was shut down \(who); made were \(depot.made.count)")
    depot.expect(totals, when: "shut down \(who)")
  },
  Check(
    "a deadline turns draining into cancelling, and a second shutdown does not move it", hint: 2,
    cause: "Nothing limits the draining, or not the consumers, or each call lets it begin anew."
  ) { make, world in
    let depot = Depot(world)
    let pipeline = make(2, .seconds(5))
    async let totals = depot.run(
      pipeline, [depot.producer("ann", makes: 9)], [depot.consumer("van", each: .seconds(3600))])
    try await world.pass(.seconds(1))
    await pipeline.shutdown()
    let isTwice = world.oneOf([false, true])
    if isTwice {
      try await world.pass(.seconds(3))
      await pipeline.shutdown()
    }
    _ = await totals
    #expect(
      world.now == .seconds(6),
      """
      shut down at 1 s\(isTwice ? ", and again at 4 s," : "") with 5 s to drain: it should return at \
      6 s, and returned \(depot.end)
      """)
  },
  Check(
    "after the deadline nothing is counted that was not processed", hint: 3,
    cause:
      "Parcels count when taken, those left in somebody's hands do not, or a CancellationError does."
  ) { make, world in
    let depot = Depot(world)
    let pipeline = make(2, .milliseconds(2500))
    async let running = depot.run(
      pipeline,
      [depot.producer("ann", makes: 9), depot.producer("bob", makes: 9)],
      [depot.consumer("van", each: .seconds(2))])
    try await world.pass(.seconds(1))
    await pipeline.shutdown()
    depot.expect(await running, when: "cancelled at the deadline")
  },
  Check(
    "a consumer that does not listen to the deadline is awaited, and gets no other parcel", hint: 3,
    cause:
      "It returns while a consumer goes on, or the consumer's loop does not end with its task."
  ) { make, world in
    let depot = Depot(world)
    let pipeline = make(2, .seconds(1))
    async let running = depot.run(
      pipeline,
      [depot.producer("ann", makes: 9)], [depot.consumer("van", each: .seconds(4), isDeaf: true)])
    try await world.pass(.seconds(1))
    await pipeline.shutdown()
    let totals = await running
    let moment = world.now
    try await world.pass(.seconds(9))
    let given = depot.begun.count
    let what = "the deadline was at 2 s, and the van needs until 4 s for its first parcel"
    #expect(moment >= .seconds(4), "\(what); it returned at \(moment)")
    #expect(given == 1, "\(what); it was given \(given)")
    if moment >= .seconds(4), given == 1 {
      #expect(totals.consumed == 1, "\(what); the totals say that \(totals.consumed) were consumed")
    }
  },
  Check(
    "without a shutdown there is no deadline", hint: 2,
    cause: "The limit begins with run. Let it begin with the shutdown."
  ) { make, world in
    let depot = Depot(world)
    _ = await depot.run(
      make(1, .seconds(1)),
      [depot.producer("ann", makes: 3)], [depot.consumer("van", each: .seconds(3600))])
    let consumed = depot.consumed.count
    #expect(
      consumed == 3,
      """
      nobody called shutdown(); of 3 parcels that take an hour each, \(consumed) were consumed, and it \
      returned \(depot.end)
      """)
  },
]
