// What lesson 20 searches through schedules for: a worker that is killed at the wrong moment.

import Broker
import Narration
import Simulation
import Synchronization

/// A card that can be charged, as often as somebody asks.
final class Card: Sendable {
  private let charges = Mutex<[String]>([])
  var count: Int { charges.withLock { $0.count } }

  func charge(_ id: String) { charges.withLock { $0.append(id) } }

  /// Charges, unless that has been done for the same job.
  func chargeOnce(_ id: String) {
    charges.withLock { if !$0.contains(id) { $0.append(id) } }
  }
}

/// Forgets the job, and then does it.
func acknowledgeThenCharge(_ machine: Machine, _ card: Card) async throws {
  for delivery in try await machine.take() {
    try await machine.acknowledge(delivery)
    try await machine.work { card.charge(delivery.job.id) }
  }
}

/// Does the job, and then lets go of it.
func chargeThenAcknowledge(_ machine: Machine, _ card: Card) async throws {
  for delivery in try await machine.take() {
    try await machine.work { card.charge(delivery.job.id) }
    try await machine.acknowledge(delivery)
  }
}

/// The same, and the card remembers for which jobs it was charged.
func chargeOnceThenAcknowledge(_ machine: Machine, _ card: Card) async throws {
  for delivery in try await machine.take() {
    try await machine.work { card.chargeOnce(delivery.job.id) }
    try await machine.acknowledge(delivery)
  }
}

/// An order in which a worker may do things.
struct Way: Sendable {
  let name: String
  let work: @Sendable (Machine, Card) async throws -> Void

  static let all = [
    Way(name: "acknowledge, then charge", work: acknowledgeThenCharge),
    Way(name: "charge, then acknowledge", work: chargeThenAcknowledge),
    Way(name: "the card remembers", work: chargeOnceThenAcknowledge),
  ]
}

/// What a worker runs on. When it is switched off, nothing on it happens any more.
final class Machine: Sendable {
  private let broker: MemoryBroker
  private let isOff = Mutex(false)

  init(_ broker: MemoryBroker) { self.broker = broker }

  func switchOff() { isOff.withLock { $0 = true } }

  func take() async throws -> [Delivery] {
    try step("take")
    return try await broker.receive(upTo: 1, for: "a worker", patience: .zero)
  }

  func acknowledge(_ delivery: Delivery) async throws {
    await Task.yield()
    try step("forget")
    try await broker.settle(delivery, .succeeded("true"))
  }

  func work(_ body: () -> Void) async throws {
    await Task.yield()
    try step("charge")
    body()
  }

  private func step(_ what: String) throws {
    if isOff.withLock({ $0 }) { throw CancellationError() }
    Simulation.note(what)
  }
}

/// How often the card was charged, when the schedule chooses the moment at which ann is killed.
private func charges(_ way: Way) async throws -> Int {
  // Silent for no time at all, and somebody else may have it.
  let broker = MemoryBroker(BrokerSettings(visibility: .zero))
  try await broker.submit(Job("charge", "charge"))
  let card = Card()
  let machine = Machine(broker)
  await withTaskGroup(of: Void.self) { group in
    group.addTask(name: "ann") { try? await way.work(machine, card) }
    group.addTask(name: "kill") {
      Simulation.note("kill -9")
      machine.switchOff()
    }
  }
  await withTaskGroup(of: Void.self) { group in
    group.addTask(name: "bob") { try? await way.work(Machine(broker), card) }
  }
  return card.count
}

/// The number of charges under each of so many schedules.
func charges(_ way: Way, under schedules: Int) async -> [Int] {
  var counts: [Int] = []
  for seed in 0..<UInt64(schedules) {
    let report = await Simulation.run(seed: seed) { _ in try await charges(way) }
    counts.append(report.value ?? -1)
  }
  return counts
}

/// The card was not charged once.
private struct WronglyCharged: Error, CustomStringConvertible {
  let count: Int
  var description: String { count == 0 ? "the card was never charged" : "it was charged twice" }
}

/// Draws the first schedule under which a way goes wrong.
func show(_ way: Way, _ narrator: Narrator) async {
  let search = await Simulation.explore { _ in
    let count = try await charges(way)
    guard count == 1 else { throw WronglyCharged(count: count) }
  }
  guard let failure = search.failure, case .threw(let error) = failure.verdict else {
    return narrator.say("\(way.name): charged once under all \(search.schedules) schedules.")
  }
  narrator.draw(
    Timeline(failure.trace, measure: .steps),
    caption: "\(way.name): under seed \(failure.seed), \(error)")
}
