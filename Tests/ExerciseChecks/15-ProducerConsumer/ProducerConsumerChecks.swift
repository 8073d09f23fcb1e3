import CheckKit
import Exercise15
import ExerciseKit
import Solution15
import Testing

@Suite("15 ProducerConsumer")
struct ProducerConsumerTests {
  @Test("your answer", arguments: pipelineChecks)
  func learner(_ check: Check<PipelineMaker>) async {
    let answer: PipelineMaker = { Exercise15.Pipeline(capacity: $0, drainLimit: $1) }
    await judge(answer, by: check, of: "15-ProducerConsumer")
  }

  @Test("our solution", arguments: pipelineChecks)
  func solution(_ check: Check<PipelineMaker>) async {
    let answer: PipelineMaker = { Solution15.Pipeline(capacity: $0, drainLimit: $1) }
    await judge(answer, by: check, of: "15-ProducerConsumer")
  }

  @Test("a right answer on a queue, of unstructured tasks", arguments: pipelineChecks)
  func handles(_ check: Check<PipelineMaker>) async {
    let answer: PipelineMaker = { HandlesPipeline(capacity: $0, drainLimit: $1) }
    await judge(answer, by: check, of: "15-ProducerConsumer")
  }

  @Test("a right answer of two semaphores", arguments: pipelineChecks)
  func semaphores(_ check: Check<PipelineMaker>) async {
    let answer: PipelineMaker = { SemaphoresPipeline(capacity: $0, drainLimit: $1) }
    await judge(answer, by: check, of: "15-ProducerConsumer")
  }

  @Test("a wrong answer", arguments: wrongPipelines)
  func wrong(_ answer: WrongAnswer<PipelineMaker>) async {
    await expectRejection(of: answer, by: pipelineChecks)
  }
}

let pipelineChecks = flowChecks + shutdownChecks + failureChecks

/// Rules 1, 2, 3, 5: as long as nothing happens.
let flowChecks: [Check<PipelineMaker>] = [
  Check(
    "everything produced is consumed exactly once", hint: 1,
    cause: "The consumers end before the queue is empty, or two of them get the same parcel."
  ) { make, world in
    let depot = Depot(world)
    _ = await depot.run(
      make(2, .seconds(9)),
      [depot.producer("ann", makes: 3), depot.producer("bob", makes: 2)],
      [depot.consumer("van 1"), depot.consumer("van 2")])
    let made = depot.made.count
    #expect(made == 5, "ann has 3 parcels to make, and bob 2; \(made) were asked for")
    depot.expectAllConsumed(when: "two producers and two consumers")
  },
  Check(
    "a consumer gets each producer's parcels in their order", hint: 1,
    cause:
      "What came last is given out first, or putting is left to tasks that overtake each other."
  ) { make, world in
    let depot = Depot(world)
    let vans = world.oneOf([["van 1"], ["van 1", "van 2"]])
    _ = await depot.run(
      make(2, .seconds(9)),
      [depot.producer("ann", makes: 3), depot.producer("bob", makes: 2)],
      vans.map { depot.consumer($0) })
    for van in vans {
      for producer in ["ann", "bob"] {
        let numbers = depot.begun.filter { $0.consumer == van && $0.parcel.producer == producer }
          .map(\.parcel.number)
        #expect(
          numbers == numbers.sorted(), "\(van) was given \(producer)'s parcels as \(numbers)")
      }
    }
  },
  Check(
    "all work side by side, each at one parcel at a time", hint: 1,
    cause: "One is awaited before the next is started, some never are, or one is given all at once."
  ) { make, world in
    let depot = Depot(world)
    _ = await depot.run(
      make(9, .seconds(9)),
      [
        depot.producer("ann", makes: 3, each: .seconds(1)),
        depot.producer("bob", makes: 2, each: .seconds(1)),
      ],
      ["van 1", "van 2", "van 3"].map { depot.consumer($0, each: .seconds(2)) })
    #expect(
      depot.lastConsumed <= .seconds(5),
      """
      all 5 parcels can be made after 3 s, and consumed by three vans after 5 s; and the last was \
      consumed after \(depot.lastConsumed)
      """)
    let shared = Set(depot.shared).sorted().joined(separator: ", ")
    #expect(shared.isEmpty, "working on two parcels at the same time: \(shared)")
  },
  Check(
    "producers wait when the queue is full", hint: 1,
    cause: "The queue has no limit or another one, or parcels are taken out of it too early."
  ) { make, world in
    let depot = Depot(world)
    let gate = Gate()
    let capacity = world.oneOf([2, 1])
    async let totals = depot.run(
      make(capacity, .seconds(9)),
      [depot.producer("ann", makes: 4), depot.producer("bob", makes: 4)],
      [depot.consumer("van") { _ in try await gate.pass() }])
    await world.settle()
    let made = depot.made.count
    #expect(
      made <= capacity + 3,
      """
      the van has 1 parcel, the queue holds \(capacity), ann and bob have one each in their hands: \
      \(capacity + 3) at most, and \(made) were made
      """)
    gate.open()
    _ = await totals
  },
  Check(
    "producers do not wait while there is room", hint: 1,
    cause:
      "A parcel that is being made, or consumed, takes room in the queue; or room is noticed too late."
  ) { make, world in
    let depot = Depot(world)
    let (gate, first) = (Gate(), Gate())
    let capacity = world.oneOf([1, 2])
    async let totals = depot.run(
      make(capacity, .seconds(9)),
      [depot.producer("ann", makes: 9), depot.producer("bob", makes: 1, each: .seconds(1))],
      ["van 1", "van 2"].map {
        depot.consumer($0) { try await ($0.number == 1 ? first : gate).pass() }
      })
    await world.settle()
    let made = depot.made.count
    #expect(
      made >= capacity + 2,
      """
      two vans have room for 1 parcel each, the queue for \(capacity), bob is not ready yet, and \
      ann stopped after \(made)
      """)
    first.open()
    await world.settle()
    let more = depot.made.count - made
    #expect(
      more >= 1,
      """
      a van has taken one of the \(capacity) in the queue, so there is room for another; ann, who \
      had made \(made), has made \(more) more
      """)
    gate.open()
    _ = await totals
  },
  Check(
    "it returns as soon as all is done, and its totals add up", hint: 1,
    cause: "It does not await the consumers, or awaits something that does not end by itself."
  ) { make, world in
    let depot = Depot(world)
    let (ann, bob, vans, end) = world.oneOf([
      (3, 1, ["van"], 4), (1, 0, ["van 1", "van 2"], 1), (0, 0, ["van"], 0),
    ])
    let totals = await depot.run(
      make(2, .seconds(9)),
      [depot.producer("ann", makes: ann), depot.producer("bob", makes: bob)],
      vans.map { depot.consumer($0, each: .seconds(1)) })
    let busy = depot.busy.joined(separator: ", ")
    let moment = world.now
    await world.settle()
    let what = "parcels: \(ann + bob), 1 s for each; consumers: \(vans.count)"
    #expect(busy.isEmpty, "\(what). It returned \(depot.end), and still at work was \(busy)")
    #expect(moment <= .seconds(end), "\(what). It returned \(depot.end)")
    if busy.isEmpty { depot.expect(totals, when: what) }
  },
]
