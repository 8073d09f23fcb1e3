// Lesson 2 · Async functions
//
//   asyncio                                 Swift
//   async def fetch(page): …                func fetch(_ page: Int) async throws -> String
//   data = await fetch(1)                   let data = try await fetch(1)
//   later = fetch(1)    # does not run      let later = { try await fetch(1) }
//   task = asyncio.create_task(fetch(1))    async let data = fetch(1), or Task { … }
//   asyncio.run(main())                     @main with static func main() async
//   the event loop                          the cooperative pool; the main actor
//
// Run me:    swift run Lesson02
// Then try:  Exercises/02-Stages

import Narration

@main
struct Lesson02 {
  static func main() async {
    await Lesson(2, "Async functions") {
      Scene("Call and await", awaitHandsOverTheResult)
      Scene("A call for later", nothingRunsUntilItIsCalled)
      Scene("Started before it is awaited", asyncLetAndTaskStartAtOnce)
      Scene("Never awaited", aChildTaskEndsWithItsScope)
      Scene("Where the code runs", theDeclarationSaysWhereItRuns)
      Scene("The loop that you know", betweenTwoAwaitsNobodyCutsIn)
      Scene("Fetch, then process, in series", inSeriesAllWaitsAddUp)
      Scene("Fetch together, then process", overlappedDownloadsShareTheirWait)
    }.main()
  }
}

/// Stands for a download. `async` says that it may suspend, `throws` that it may fail.
func fetch(_ page: Int, in seconds: Double, _ narrator: Narrator) async throws -> String {
  try await narrator.span("fetch \(page)") {
    try await Task.sleep(for: .seconds(seconds))
    return "text of page \(page)"
  }
}

/// The line after an awaited call runs when the result is here, as after any other call.
func awaitHandsOverTheResult(_ narrator: Narrator) async throws {
  narrator.tell("the caller calls")
  let text = try await fetch(1, in: 1, narrator)
  narrator.tell("the caller has “\(text)”")
}

/// A closure keeps a call for later. It does nothing, however long it is kept.
func nothingRunsUntilItIsCalled(_ narrator: Narrator) async throws {
  let later = { try await fetch(1, in: 0.5, narrator) }
  try await narrator.span("caller", "own work") {
    try await Task.sleep(for: .seconds(1))
  }
  narrator.tell("the caller calls")
  let text = try await later()
  narrator.tell("the caller has “\(text)”")
}

/// `async let` and `Task` start at once: half of the work is done when the caller awaits it.
func asyncLetAndTaskStartAtOnce(_ narrator: Narrator) async throws {
  narrator.lanes("caller", "fetch 1", "fetch 2")
  async let first = fetch(1, in: 1, narrator)
  let second = Task { try await fetch(2, in: 1, narrator) }
  try await narrator.span("caller", "own work") {
    try await Task.sleep(for: .seconds(0.5))
  }
  narrator.tell("the caller awaits both")
  let texts = try await [first, second.value]
  narrator.say("\(texts.count) pages and the caller's own work took \(narrator.elapsed.inSeconds).")
}

/// At the end of its scope, a child task is cancelled and awaited. A `Task` has no scope to end.
func aChildTaskEndsWithItsScope(_ narrator: Narrator) async throws {
  narrator.lanes("fetch 1", "fetch 2")
  let first = Task { try await fetch(1, in: 1, narrator) }
  do {
    async let _ = fetch(2, in: 1, narrator)
    try await Task.sleep(for: .seconds(0.5))
    narrator.tell("the scope of fetch 2 ends")
  }
  narrator.tell("the caller goes on")
  _ = try await first.value
}

/// A function runs where its declaration says, whoever calls it.
@MainActor
func theDeclarationSaysWhereItRuns(_ narrator: Narrator) async {
  let library = Library()
  narrator.table(
    header: ["code", "runs on"],
    rows: [
      ["a function of the main actor", place()],
      ["an async function of no actor, called from there", await ofNoActor()],
      ["a method of another actor, called from there", await library.whereItRuns()],
      ["Task { } that was started there", await Task { place() }.value],
      ["Task.detached { } that was started there", await Task.detached { place() }.value],
    ])
}

/// Like every async function that names no actor, it runs on the pool.
func ofNoActor() async -> String { place() }

/// An actor runs on the pool's threads, one task at a time.
actor Library {
  func whereItRuns() -> String { place() }
}

/// Where the caller runs.
func place(_ isolation: (any Actor)? = #isolation) -> String {
  switch isolation {
  case nil: "the pool"
  case let actor? where actor === MainActor.shared: "the main actor"
  case let actor?: "the pool, as actor \(type(of: actor))"
  }
}

/// The main actor is a loop like the one you know: what has no `await` in it, nobody interrupts.
@MainActor
func betweenTwoAwaitsNobodyCutsIn(_ narrator: Narrator) async {
  let door = Door()
  await withTaskGroup { group in
    for _ in 1...1000 { group.addTask { await door.letIn() } }
  }
  narrator.say("1000 tasks at one door: \(door.visitors) visitors counted, without a lock.")
}

/// Everything in here happens on the main actor.
@MainActor
final class Door {
  private(set) var visitors = 0

  func letIn() {
    let before = visitors
    visitors = before + 1
  }
}

/// Each call is awaited before the next is made: nothing overlaps, and every wait counts.
func inSeriesAllWaitsAddUp(_ narrator: Narrator) async throws {
  let first = try await fetch(1, in: 1, narrator)
  try await process(1, first, narrator)
  let second = try await fetch(2, in: 1.5, narrator)
  try await process(2, second, narrator)
  narrator.say("Both pages took \(narrator.elapsed.inSeconds).")
}

/// Both downloads are under way before either is awaited: they take as long as the slower one.
func overlappedDownloadsShareTheirWait(_ narrator: Narrator) async throws {
  narrator.lanes("fetch 1", "fetch 2", "process 1", "process 2")
  async let first = fetch(1, in: 1, narrator)
  async let second = fetch(2, in: 1.5, narrator)
  let texts = try await [first, second]
  try await process(1, texts[0], narrator)
  try await process(2, texts[1], narrator)
  narrator.say("Both pages took \(narrator.elapsed.inSeconds).")
}

/// Stands for work on a page that is here.
func process(_ page: Int, _ text: String, _ narrator: Narrator) async throws {
  try await narrator.span("process \(page)") {
    try await Task.sleep(for: .seconds(0.5))
  }
}
