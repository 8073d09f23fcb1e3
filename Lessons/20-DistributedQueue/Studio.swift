// Where lesson 20 plays: a broker, and workers that are tasks here or processes of their own.

import AsyncPrimitives
import Broker
import Foundation
import Narration
import Synchronization

/// A broker and those who work for it. It draws what each of them does.
final class Studio: Sendable {
  let broker: any Broker
  private let narrator: Narrator
  private let redis: (url: String, queue: String)?
  private let byJob: Bool
  private let hands = Mutex<[String: any Hand]>([:])
  private let spans = Mutex<[String: (end: Future<Void>, task: Task<Void, Never>)]>([:])

  init(
    _ narrator: Narrator, broker: any Broker, redis: (url: String, queue: String)?, byJob: Bool
  ) {
    self.narrator = narrator
    self.broker = broker
    self.redis = redis
    self.byJob = byJob
  }

  // MARK: Jobs

  func job(_ id: String, _ name: String, _ work: Work) throws -> Job {
    Job(id, name, payload: String(decoding: try JSONEncoder().encode(work), as: UTF8.self))
  }

  @discardableResult
  func submit(_ id: String, _ work: Work) async throws -> Bool {
    try await broker.submit(job(id, "thumbnail", work))
  }

  func outcome(of id: String) async throws -> JobStatus? {
    try await broker.outcome(of: id, within: .seconds(30))
  }

  // MARK: Workers

  /// Starts a worker: a task, or a process if the broker is a Redis.
  func hire(_ name: String, renews: Bool = true) async throws {
    let hear: @Sendable (WorkerLine) -> Void = { [self] line in heard(line, from: name) }
    let hand: any Hand
    if let redis {
      let visibility = broker.settings.visibility / .seconds(1)
      hand = try await WorkerProcess(
        [
          "worker", "--redis", redis.url, "--queue", redis.queue, "--name", name, "--visibility",
          "\(visibility)", "--lifetime", "\(broker.settings.resultLifetime / .seconds(1))",
          "--renews", renews ? "yes" : "no",
        ], hear: hear)
    } else {
      hand = WorkerTask(name, of: broker, renews: renews, hear: hear)
    }
    hands.withLock { $0[name] = hand }
  }

  /// Ends a worker in the middle of what it does: it can tell nobody.
  func kill(_ name: String) async {
    let hand = hands.withLock { $0.removeValue(forKey: name) }
    await hand?.kill()
    await endSpans { $0.hasPrefix(name + ":") }
  }

  func close() async {
    let all = hands.withLock { hands in
      defer { hands = [:] }
      return hands.sorted { $0.key < $1.key }.map(\.value)
    }
    for hand in all { await hand.stop() }
    await endSpans { _ in true }
  }

  // MARK: Drawing

  /// A span lasts from one line to another, so a task holds it open between them.
  private func heard(_ line: WorkerLine, from name: String) {
    switch line {
    case .began(let id):
      let (lane, label) = byJob ? (id, nil) : (name, id)
      let end = Future<Void>()
      let task = Task { [narrator] in
        _ = try? await narrator.span(lane, label, announces: false) { try await end.value }
      }
      spans.withLock { $0["\(name):\(id)"] = (end, task) }
    case .ended(let id, let how):
      if how != "succeeded" { narrator.tell("\(id): \(words(for: how))") }
      let span = spans.withLock { $0["\(name):\(id)"] }
      switch how {
      case "retry", "failed": try? span?.end.fail(PrinterJam())
      default: try? span?.end.succeed(())
      }
    case .ready: break
    case .other(let text): narrator.tell("\(name): \(text)")
    }
  }

  private func words(for how: String) -> String {
    switch how {
    case "retry": "has failed, and is tried again later"
    case "failed": "has failed for good"
    case "tooLate": "done too late: somebody else has it"
    default: how
    }
  }

  private func endSpans(_ isMeant: (String) -> Bool) async {
    let meant = spans.withLock { spans in
      let meant = spans.filter { isMeant($0.key) }
      for key in meant.keys { spans[key] = nil }
      return meant.values
    }
    for (end, task) in meant {
      end.cancel()
      await task.value
    }
  }
}

/// Somebody who takes jobs.
protocol Hand: Sendable {
  func kill() async
  func stop() async
}

/// A worker that is a task of this process.
struct WorkerTask: Hand {
  private let worker: Worker
  private let cable: BrokerCable
  private let task: Task<Void, any Error>

  init(
    _ name: String, of broker: any Broker, renews: Bool,
    hear: @escaping @Sendable (WorkerLine) -> Void
  ) {
    cable = BrokerCable(to: broker)
    var options = Worker.Options(for: broker)
    if !renews { options.renewal = nil }
    worker = Worker(name, of: cable, photoHandlers(), options: options) { [cable] event in
      // What is dead says nothing.
      if !cable.isCut { hear(WorkerLine(WorkerLine.text(of: event))) }
    }
    task = Task(name: name) { [worker] in try await worker.run() }
  }

  /// With its cable cut, it can tell the broker nothing: that is how a killed process looks.
  func kill() async {
    cable.cut()
    task.cancel()
    _ = await task.result
  }

  func stop() async {
    worker.stop()
    _ = await task.result
  }
}

/// Opens a studio, and leaves nothing of it behind.
func withStudio(
  _ narrator: Narrator, lanes: [String], byJob: Bool = false,
  visibility: Duration = .seconds(10), lifetime: Duration = .seconds(60),
  _ body: (Studio) async throws -> Void
) async throws {
  for lane in lanes { narrator.lanes(lane) }
  let settings = BrokerSettings(visibility: visibility, resultLifetime: lifetime)
  let redis = try await reachable(narrator.option("--redis"), settings, narrator)
  let broker: any Broker = redis?.broker ?? MemoryBroker(settings)
  let studio = Studio(
    narrator, broker: broker, redis: redis.map { ($0.url, $0.queue) }, byJob: byJob)
  do {
    try await body(studio)
    await studio.close()
    await remove(redis?.broker)
  } catch {
    await studio.close()
    await remove(redis?.broker)
    throw error
  }
}

private func remove(_ broker: RedisBroker?) async {
  try? await broker?.removeAll()
  await broker?.close()
}

/// The Redis that the reader wants to see, if it is there; a line that says why not, if it is not.
private func reachable(
  _ url: String?, _ settings: BrokerSettings, _ narrator: Narrator
) async throws -> (broker: RedisBroker, url: String, queue: String)? {
  guard let url else { return nil }
  // Of this scene alone: it will be removed.
  let queue = "lesson20-\(UUID().uuidString.prefix(8))"
  do {
    let broker = try RedisBroker(url, queue: queue, settings: settings)
    do { try await broker.check() } catch {
      await broker.close()
      throw error
    }
    return (broker, url, queue)
  } catch {
    narrator.say("\(error). So this scene goes on with the broker in memory.")
    return nil
  }
}
