import CheckKit
import ExerciseKit
import Testing

/// Rules 4 and 8: somebody throws, or all is cancelled.
let failureChecks: [Check<PipelineMaker>] = [
  Check(
    "a consumer that throws loses no parcel", hint: 1,
    cause: "Its parcel is counted, dropped, or put back. It belongs to those that are left."
  ) { make, world in
    let depot = Depot(world)
    let totals = await depot.run(
      make(2, .seconds(9)),
      [depot.producer("ann", makes: 3)], [depot.consumer("van", failsAt: ["ann 2"])])
    let given = depot.begun.count { "\($0.parcel)" == "ann 2" }
    #expect(given == 1, "the van has thrown over ann 2, which was given out \(given) times")
    depot.expect(totals, when: "the van has thrown over ann 2")
  },
  Check(
    "a consumer that throws goes on, and so do the others", hint: 1,
    cause: "The error leaves the consumer's loop, or the group. Catch each one, for each parcel."
  ) { make, world in
    let depot = Depot(world)
    let cases: [([String], (any Error)?)] = [
      (["van"], nil), (["van 1", "van 2"], nil), (["van"], CancellationError()),
    ]
    let (vans, error) = world.oneOf(cases)
    _ = await depot.run(
      make(2, .seconds(9)),
      [depot.producer("ann", makes: 5)],
      vans.map { depot.consumer($0, failsAt: ["ann 1", "ann 3"], with: error) })
    let consumed = depot.consumed.count
    #expect(
      consumed == 3,
      """
      of 5 parcels, ann 1 and ann 3 made their van throw\
      \(error == nil ? "" : " a CancellationError, though nobody was cancelled"); of the others, \
      \(consumed) were consumed
      """)
  },
  Check(
    "a producer that throws stops only itself", hint: 1,
    cause: "The error cancels the other producers, its own loop goes on, or nobody hears of it."
  ) { make, world in
    let depot = Depot(world)
    let error: (any Error)? = world.oneOf([nil, CancellationError()])
    let totals = await depot.run(
      make(2, .seconds(9)),
      [
        depot.producer("ann", makes: 4, each: .seconds(1)),
        depot.producer("bob", makes: 3, failsAt: 2, with: error),
      ],
      [depot.consumer("van")])
    let seen = depot.list(depot.consumed.sorted { "\($0)" < "\($1)" })
    #expect(
      seen == "ann 1, ann 2, ann 3, ann 4, bob 1",
      """
      bob threw \(error == nil ? "" : "a CancellationError ")when he made his second parcel, ann has \
      4 to make; consumed were \(seen)
      """)
    depot.expect(totals, when: "bob has thrown")
  },
  Check(
    "cancelling the whole stops it promptly", hint: 2,
    cause: "Tasks that are not children hear of no cancellation; or it is taken for a shutdown."
  ) { make, world in
    let depot = Depot(world)
    let pipeline = make(2, .seconds(100))
    let running = Task(name: "run") {
      await pipeline.run(
        [depot.producer("ann", makes: 9), depot.producer("bob", makes: 2, each: .seconds(3600))],
        [depot.consumer("van 1", each: .seconds(3600)), depot.consumer("van 2")])
    }
    try await world.pass(.milliseconds(1500))
    running.cancel()
    _ = await running.value
    let (moment, busy) = (world.now, depot.busy.joined(separator: ", "))
    #expect(moment <= .milliseconds(1500), "cancelled at 1.5 s, it returned at \(moment)")
    #expect(busy.isEmpty, "cancelled at 1.5 s, it returned; still at work was \(busy)")
  },
  Check(
    "whenever it is cancelled, its totals add up", hint: 3,
    cause:
      """
      What is in a queue, in a producer's hands or in a consumer's when they stop is forgotten, or a \
      CancellationError counts.
      """
  ) { make, world in
    let depot = Depot(world)
    let pipeline = make(1, .seconds(100))
    let running = Task(name: "run") {
      await pipeline.run(
        [depot.producer("ann", makes: 3), depot.producer("bob", makes: 2)],
        [depot.consumer("van 1"), depot.consumer("van 2")])
    }
    for _ in 0..<(world.seed % 30) { await Task.yield() }
    world.note("cancels all")
    running.cancel()
    depot.expect(await running.value, when: "cancelled in the middle of it")
  },
]
