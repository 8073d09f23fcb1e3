// Lesson 14 · Network
//
//   asyncio                                      Swift
//   r, w = await asyncio.open_connection(…)      let connection = try await network.connect(to: port)
//   w.write(b"GET / …"); await w.drain()         try await connection.send(requestText(for: "/"))
//   await r.readuntil(b"\r\n\r\n")               try await connection.answer()
//   dict(zip(urls, await gather(…)))             Dictionary(uniqueKeysWithValues: zip(urls, …))
//   asyncio.run(main())  (one thread)            withTaskExecutorPreference(EventLoop.shared) { … }
//
// Run me:    swift run Lesson14
// Then try:  Exercises/14-Downloader

import AsyncPrimitives
import Narration
import Simulation

@main
struct Lesson14 {
  static func main() async {
    await Lesson(
      14, "Network",
      options: [LessonOption(flag: "--quick", "in scene 5, requests of 45 ms and not of 450")],
      commands: [serveCommand, measureCommand]
    ) {
      Scene("A request is a text", stamps: .milliseconds, aRequestIsATextAndAWait)
      Scene("Five, in turn and together", theServersTimeIsNobodysTime)
      Scene("One dictionary of outcomes", everyAddressHasItsOutcome)
      Scene("Two on one connection", whoReadsFirstGetsTheFirstAnswer)
      Scene("A hundred requests", waitingForAHundredCostsLittleMoreThanForOne)
    }.main()
  }
}

/// What goes out is a text, what comes back is a text. In between there is nothing to do but wait.
func aRequestIsATextAndAWait(_ narrator: Narrator) async throws {
  try await withServer(narrator, weather) { network, port in
    let connection = try await network.connect(to: port)
    defer { connection.close() }
    let question = requestText(for: "/oslo")
    narrator.tell("connected; what we send:")
    narrator.say(String(decoding: question.dropLast(2), as: UTF8.self))
    try await connection.send(question)
    narrator.tell("sent, with an empty line for its end")
    let answer = try await narrator.span("request", kind: .waiting, announces: false) {
      try await connection.receive()
    }
    narrator.tell("what comes back:")
    narrator.say(String(decoding: answer, as: UTF8.self))
  }
}

/// The server takes as long as it takes. Five requests that wait together wait once.
func theServersTimeIsNobodysTime(_ narrator: Narrator) async throws {
  narrator.say("A page such as /wait/250 takes the server 250 ms.")
  try await withServer(narrator, waiting) { network, port in
    let addresses = [250, 150, 350, 200, 300].map { delay in
      Address(server: "server", port: port, path: "/wait/\(delay)")
    }
    let get = { @Sendable (address: Address) in
      try await narrator.span(address.path, kind: .waiting, announces: false) {
        try await network.get(address)
      }
    }
    for address in addresses { narrator.lanes(address.path) }
    for address in addresses { _ = try await get(address) }
    narrator.tell("each has been awaited before the next was sent")
    try await gather(addresses) { address in _ = try await get(address) }
    narrator.tell("all were sent, then all were awaited")
  }
}

/// An address that fails is an entry like any other, and keeps nobody else from having theirs.
func everyAddressHasItsOutcome(_ narrator: Narrator) async throws {
  let nobody = try await deserted(narrator)
  try await withServer(narrator, weather) { network, port in
    var addresses = ["/oslo", "/rome", "/lima", "/atlantis", "/bern", "/cork", "/nome"].map {
      path in
      Address(server: "weather", port: port, path: path)
    }
    addresses.append(Address(server: "nobody", port: nobody, path: "/oslo"))
    for address in addresses { narrator.lanes("\(address)") }
    let results = try await gatherOutcomes(addresses) { address in
      try await narrator.span("\(address)", kind: .waiting, announces: false) {
        try await withTimeout(.seconds(0.6)) { try await network.get(address) }
      }
    }
    let outcomes = Dictionary(uniqueKeysWithValues: zip(addresses, results))
    let rows = addresses.map { ["\($0)", inWords(outcomes[$0])] }
    narrator.table(header: ["address", "what came of it"], rows: rows)
    let pages = outcomes.values.count { (try? $0.get()) != nil }
    narrator.say("Entries: \(outcomes.count). Pages: \(pages).")
  }
}

/// An answer does not say whose it is. It belongs to the request that was sent first.
func whoReadsFirstGetsTheFirstAnswer(_ narrator: Narrator) async throws {
  narrator.say("Ann asks for /ann and Bob for /bob, by one connection:")
  await search(narrator) { connection, _, path in
    try await connection.send(requestText(for: path))
    Simulation.note("asks")
    return try await connection.answer()
  }
  narrator.say("The same, with the connection locked from the question to the answer:")
  await search(narrator) { connection, lock, path in
    try await lock.withLock {
      try await connection.send(requestText(for: path))
      return try await connection.answer()
    }
  }
}

/// Sends so many requests in one way, and returns when the last answer is there.
func request(
  _ count: Int, _ way: Way, _ get: @escaping @Sendable () async throws -> Void
) async throws {
  switch way {
  case .inTurn: for _ in 1...count { try await get() }
  case .tenAtATime: try await gather(1...count, limit: 10) { _ in try await get() }
  case .twentyFiveAtATime: try await gather(1...count, limit: 25) { _ in try await get() }
  // With a thread for each, `get` would be a call that blocks. See `onThreads`.
  case .together, .threads, .asyncio: try await gather(1...count) { _ in try await get() }
  }
}

/// Time is that of one request. A task that waits costs a few kilobytes, a thread that waits more.
func waitingForAHundredCostsLittleMoreThanForOne(_ narrator: Narrator) async throws {
  let delay = Duration.milliseconds(narrator.option("--quick") == nil ? 450 : 45)
  let least = (delay * requestCount).inSeconds
  narrator.say("Each request takes the server \(delay.milliseconds) ms.")
  narrator.say("\(requestCount) of them, one after another: that will take \(least) at least.")
  try await withRace(narrator, delay: delay) { race in
    var results: [(way: Way, cost: Measurement?)] = []
    for way in Way.allCases {
      results.append((way, try await race.measure(way)))
    }
    narrator.draw()
    show(results, narrator)
  }
}
