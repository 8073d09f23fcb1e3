// What scene 4 searches through schedules for, and what scene 3 says of an outcome.

import AsyncPrimitives
import Narration
import Simulation

/// Somebody has read what somebody else had asked for.
struct WrongAnswer: Error, CustomStringConvertible {
  let reader: String
  let text: String
  var description: String { "\(reader) has got “\(text)”" }
}

/// Lets Ann and Bob ask by the same connection, under one schedule after the other, until somebody
/// gets a wrong answer.
func search(
  _ narrator: Narrator,
  _ ask: @escaping @Sendable (any Connection, AsyncLock, _ path: String) async throws -> String
) async {
  let search = await Simulation.explore { _ in
    let network = PlayedNetwork(site: { WebPage(text: "for \($0.dropFirst())") }, takesTime: false)
    let connection = try await network.connect(to: PlayedNetwork.port)
    let lock = AsyncLock("connection")
    try await withThrowingDiscardingTaskGroup { group in
      for name in ["ann", "bob"] {
        group.addTask(name: name) {
          let text = try await ask(connection, lock, "/\(name)")
          Simulation.note(text)
          guard text == "for \(name)" else { throw WrongAnswer(reader: name, text: text) }
        }
      }
    }
  }
  guard let failure = search.failure else {
    return narrator.say("\(search.schedules) schedules tried: everybody has got their own.")
  }
  let what =
    if case .threw(let error) = failure.verdict { "\(error)" } else { "\(failure.verdict)" }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(what).")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}

/// A page's text, or why there is none.
func inWords(_ outcome: Result<String, any Error>?) -> String {
  switch outcome {
  case .success(let text): text
  case .failure(is TimeoutError): "too slow: given up"
  case .failure(let error): "\(error)"
  case nil: "not asked for"
  }
}
