import Foundation

extension Work {
  /// Lets the contestants take turns, round by round.
  func measure(rounds: Int, isQuick: Bool, python: Python?) async throws -> Results.Result {
    let operations = isQuick ? max(1_000, self.operations / 10) : self.operations
    var contestants: [(Int) async throws -> Double] = [ours, native]
    if let python {
      contestants.append { operations in
        if let asyncio { return try await asyncio(operations) }
        return try python.run(name, operations: operations)
      }
    }
    // A first go, which does not count: pages are mapped, threads are started.
    for contestant in contestants { _ = try await contestant(max(1_000, operations / 10)) }

    var figures = [[Double]](repeating: [], count: contestants.count)
    for round in 0..<rounds {
      // Each round begins with another contestant: none always runs in the wake of the same one.
      for turn in contestants.indices {
        let index = (round + turn) % contestants.count
        figures[index].append(try await contestants[index](operations) / Double(operations))
      }
    }
    let samples = figures.map(Results.Sample.init)
    return Results.Result(
      self, operations: operations, ours: samples[0], native: samples[1],
      asyncio: samples.count > 2 ? samples[2] : nil)
  }
}
