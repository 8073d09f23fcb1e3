import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// Where the producers and consumers of a check are at home, and who knows what really happened.
final class Depot: Sendable {
  private struct State {
    var made: [Parcel] = []
    var begun: [(consumer: String, parcel: Parcel)] = []
    var consumed: [Parcel] = []
    var requests = 0
    var failed: Set<String> = []
    var thrown: [String] = []
    var busy: [String] = []
    var shared: [String] = []
    var end = ""
    var lastConsumed = Duration.zero
  }

  let world: World
  private let state = Mutex(State())

  init(_ world: World) { self.world = world }

  /// What producers have made.
  var made: [Parcel] { state.withLock { $0.made } }

  /// Which parcels consumers were given, in that order.
  var begun: [(consumer: String, parcel: Parcel)] { state.withLock { $0.begun } }

  /// What was consumed to the end.
  var consumed: [Parcel] { state.withLock { $0.consumed } }

  /// When the last of them was.
  var lastConsumed: Duration { state.withLock { $0.lastConsumed } }

  /// How often a producer was asked for a parcel.
  var requests: Int { state.withLock { $0.requests } }

  /// What producers and consumers threw, except `CancellationError`s.
  var thrown: [String] { state.withLock { $0.thrown } }

  /// Who is at work at this moment.
  var busy: [String] { state.withLock { $0.busy } }

  /// Who was given something while still at work.
  var shared: [String] { state.withLock { $0.shared } }

  /// When it returned: "at 3.0 seconds".
  var end: String { state.withLock { $0.end } }

  /// Runs a pipeline, and cancels it if it has not returned after a day: only the check that is about
  /// returning has something against that.
  func run(
    _ pipeline: any Pipelining, _ producers: [any Producer], _ consumers: [any Consumer]
  ) async -> Totals {
    await withTaskGroup(of: Totals?.self) { group in
      group.addTask(name: "run") { await pipeline.run(producers, consumers) }
      group.addTask { [clock = world.clock] in
        try? await clock.sleep(for: .seconds(24 * 3600))
        return nil
      }
      var totals = Totals()
      for await returned in group {
        let end =
          world.now < .seconds(24 * 3600)
          ? "at \(world.now)" : "only when it was cancelled, a day later"
        state.withLock { $0.end = end }
        if let returned { totals = returned }
        group.cancelAll()
      }
      return totals
    }
  }

  /// A producer of so many parcels.
  ///
  /// - Parameters:
  ///   - name: Who it is.
  ///   - count: How many it makes.
  ///   - time: How long it takes for each.
  ///   - isDeaf: Whether it comes to its end although it is cancelled.
  ///   - fault: The number of the parcel that it fails to make, the first time.
  ///   - error: What it throws then.
  func producer(
    _ name: String, makes count: Int, each time: Duration = .zero, isDeaf: Bool = false,
    failsAt fault: Int? = nil, with error: (any Error)? = nil
  ) -> any Producer {
    Baker(
      depot: self, name: name, count: count, time: time, isDeaf: isDeaf, fault: fault, error: error)
  }

  /// A consumer.
  ///
  /// - Parameters:
  ///   - name: Who it is.
  ///   - time: How long it takes for each parcel.
  ///   - isDeaf: Whether it comes to its end although it is cancelled.
  ///   - faults: The parcels over which it throws.
  ///   - error: What it throws then.
  ///   - begins: What it does before anything else.
  func consumer(
    _ name: String, each time: Duration = .zero, isDeaf: Bool = false,
    failsAt faults: [String] = [], with error: (any Error)? = nil,
    begins: @escaping @Sendable (Parcel) async throws -> Void = { _ in }
  ) -> any Consumer {
    Van(
      depot: self, name: name, time: time, isDeaf: isDeaf, faults: faults, error: error,
      begins: begins)
  }

  fileprivate func request(from name: String) -> Int {
    state.withLock { state in
      state.requests += 1
      return state.made.count { $0.producer == name } + 1
    }
  }

  fileprivate func make(_ parcel: Parcel) { state.withLock { $0.made.append(parcel) } }

  fileprivate func begin(_ parcel: Parcel, by name: String) {
    state.withLock { $0.begun.append((name, parcel)) }
  }

  fileprivate func end(_ parcel: Parcel) {
    state.withLock { state in
      state.consumed.append(parcel)
      state.lastConsumed = world.now
    }
  }

  /// Whether it fails now: only the first time.
  fileprivate func fails(_ name: String) -> Bool {
    state.withLock { $0.failed.insert(name).inserted }
  }

  /// Notes what is about to be thrown.
  fileprivate func throwing(_ error: any Error) -> any Error {
    if !(error is CancellationError) { state.withLock { $0.thrown.append("\(error)") } }
    return error
  }

  /// Does something on a lane of its own, which takes its time, however little.
  fileprivate func work(
    _ name: String, _ what: String, for time: Duration, isDeaf: Bool = false,
    before: @escaping @Sendable () async throws -> Void = {}
  ) async throws {
    state.withLock { state in
      if state.busy.contains(name) { state.shared.append(name) }
      state.busy.append(name)
    }
    defer {
      state.withLock { state in
        if let place = state.busy.firstIndex(of: name) { state.busy.remove(at: place) }
      }
    }
    let clock = world.clock
    let work: @Sendable () async throws -> Void = {
      Simulation.note(what)
      try await before()
      if time > .zero { try await clock.sleep(for: time) } else { await Task.yield() }
      try Task.checkCancellation()
    }
    if isDeaf {
      try await Task(name: name, operation: work).value
    } else {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask(name: name, operation: work)
        try await group.waitForAll()
      }
    }
  }

  // MARK: - What was seen

  /// Compares the totals with what really happened.
  func expect(
    _ totals: Totals, when what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let (made, consumed) = (made, consumed)
    func compare(_ said: Int, _ seen: Int, _ verb: String) {
      guard said != seen else { return }
      Issue.record(
        "\(what): \(verb) were \(seen) parcels, and the totals say \(said)",
        sourceLocation: sourceLocation)
    }
    compare(totals.produced, made.count, "produced")
    compare(totals.consumed, consumed.count, "consumed to the end")
    let left = made.filter { !consumed.contains($0) }
    let lost = left.filter { !totals.left.contains($0) }
    if !lost.isEmpty {
      Issue.record(
        "\(what): neither consumed nor left in the totals, so lost: \(list(lost))",
        sourceLocation: sourceLocation)
    }
    let extra = totals.left.filter { !left.contains($0) }
    if !extra.isEmpty {
      Issue.record(
        "\(what): left in the totals, although consumed: \(list(extra))",
        sourceLocation: sourceLocation)
    }
    if lost.isEmpty, extra.isEmpty, totals.left.count != left.count {
      Issue.record(
        "\(what): left in the totals more than once: \(list(totals.left))",
        sourceLocation: sourceLocation)
    }
    let (errors, thrown) = (totals.errors.map { "\($0)" }.sorted(), thrown.sorted())
    if errors != thrown {
      Issue.record(
        """
        \(what): besides CancellationErrors, which do not count, thrown were \(thrown), and the \
        errors in the totals are \(errors)
        """, sourceLocation: sourceLocation)
    }
  }

  /// Expects that everything that was made was consumed, and once.
  func expectAllConsumed(when what: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let consumed = consumed
    let missing = made.filter { !consumed.contains($0) }
    if !missing.isEmpty {
      Issue.record("\(what): never consumed: \(list(missing))", sourceLocation: sourceLocation)
    }
    let twice = made.filter { parcel in consumed.count { $0 == parcel } > 1 }
    if !twice.isEmpty {
      Issue.record(
        "\(what): consumed more than once: \(list(twice))", sourceLocation: sourceLocation)
    }
  }

  func list(_ parcels: [Parcel]) -> String { parcels.map(\.description).joined(separator: ", ") }
}

/// What goes wrong in a depot.
struct Mishap: Error, CustomStringConvertible {
  let description: String
}

private struct Baker: Producer {
  let depot: Depot
  let name: String
  let count: Int
  let time: Duration
  let isDeaf: Bool
  let fault: Int?
  let error: (any Error)?

  func next() async throws -> Parcel? {
    let number = depot.request(from: name)
    if number > count { return nil }
    let parcel = Parcel(producer: name, number: number)
    try await depot.work(name, "makes \(parcel)", for: time, isDeaf: isDeaf)
    if number == fault, depot.fails(name) {
      throw depot.throwing(error ?? Mishap(description: "\(name) has run out of string"))
    }
    depot.make(parcel)
    return parcel
  }
}

private struct Van: Consumer {
  let depot: Depot
  let name: String
  let time: Duration
  let isDeaf: Bool
  let faults: [String]
  let error: (any Error)?
  let begins: @Sendable (Parcel) async throws -> Void

  func consume(_ parcel: Parcel) async throws {
    depot.begin(parcel, by: name)
    try await depot.work(name, "takes \(parcel)", for: time, isDeaf: isDeaf) {
      try await begins(parcel)
    }
    if faults.contains("\(parcel)") {
      throw depot.throwing(error ?? Mishap(description: "\(parcel) is torn"))
    }
    depot.end(parcel)
  }
}

extension World {
  /// One case after the other, with the seeds: the first schedule has the first.
  func oneOf<Value>(_ cases: [Value]) -> Value { cases[Int(seed % UInt64(cases.count))] }

  /// Lets so much virtual time pass, and everybody do what there is to do by then.
  func pass(_ time: Duration) async throws {
    try await clock.sleep(for: time)
    await settle()
  }
}
