// Lesson 11 · Tasks and futures
//
//   asyncio                                 Swift
//   soup = create_task(cook(), name="soup") let soup = TaskHandle(name: "soup") { … }, or Task { … }
//   soup.done(), soup.result()              soup.isDone, try soup.result()
//   soup.cancel(), soup.cancelled()         soup.cancel(), soup.isCancelled
//   tasks.add(soup)  # or it may get lost   nothing to do: a dropped task runs on
//   current_task().get_name()               Task.name
//   table = ContextVar("table")             @TaskLocal static var table
//   loop.create_future(), set_result(…)     Future<String>(), try future.succeed(…)
//   loop.call_soon_threadsafe(set_result)   withCheckedThrowingContinuation { … }
//
// Run me:    swift run Lesson11
// Then try:  Exercises/11-SingleFlight

import AsyncPrimitives
import Narration
import Simulation

@main
struct Lesson11 {
  static func main() async {
    await Lesson(11, "Tasks and futures") {
      Scene("A handle answers at once", aHandleAnswersWithoutAwaiting)
      Scene("A dropped task runs on", aDroppedTaskRunsOn)
      Scene("Two tasks have no order", twoTasksRunInEitherOrder)
      Scene("What a task takes along", aTaskTakesTheValuesAroundItAlong)
      Scene("A future", aFutureIsSetOnceAndAwaitedByMany)
      Scene("Who may leave", aWaitThatListensCanBeLeft)
      Scene("A callback", aCallbackBecomesAnAwait)
      Scene("A callback that never comes", aForgottenCallbackIsADeadlock)
    }.main()
  }
}

/// `await` asks for a value, however long that takes. A handle also says how things stand now.
func aHandleAnswersWithoutAwaiting(_ narrator: Narrator) async throws {
  let kitchen = Kitchen(narrator, "soup", "roast", "cake")
  let soup = TaskHandle(name: "soup") { try await kitchen.cook("soup", for: .seconds(0.5)) }
  let roast = TaskHandle(name: "roast") { try await kitchen.cook("roast", for: .seconds(2)) }
  let cake = TaskHandle(name: "cake") { try await kitchen.burn("cake", after: .seconds(0.8)) }
  try await Task.sleep(for: .seconds(1))
  narrator.tell("one look at each:")
  tabulate([soup, roast, cake], narrator)
  roast.cancel()
  _ = try await wait(for: [soup, roast, cake])  // Asked to stop is not stopped yet.
  tabulate([roast], narrator)
}

/// Nobody holds the task of the bread, and nobody has to: it runs to its end.
func aDroppedTaskRunsOn(_ narrator: Narrator) async throws {
  let kitchen = Kitchen(narrator)
  let bread = Future<String>("bread")
  func startBaking() {
    Task { try bread.succeed(try await kitchen.cook("bread", for: .seconds(1))) }
  }
  startBaking()
  narrator.tell("startBaking() has returned, and its task is dropped")
  narrator.tell("served: \(try await bread.value)")
}

/// Two tasks that are started one after the other are two tasks: either may be the first to run.
func twoTasksRunInEitherOrder(_ narrator: Narrator) async throws {
  narrator.say("Salt the soup in one Task, taste it in the next:")
  let twoTasks = await search { soup in
    let salt = Task(name: "salt") { soup.note("salted") }
    let taste = Task(name: "taste") { soup.note("tasted") }
    _ = await (salt.value, taste.value)
  }
  show(twoTasks, narrator)
  narrator.say("Both in one task:")
  let oneTask = await search { soup in
    soup.note("salted")
    await Task.yield()  // Others may have a turn here. The order stays.
    soup.note("tasted")
  }
  show(oneTask, narrator)
}

/// A task takes along the task-local values of the place that starts it. A detached one does not.
func aTaskTakesTheValuesAroundItAlong(_ narrator: Narrator) async {
  let look: @Sendable () -> [String] = { [Task.name ?? "none", Order.table] }
  let rows = await Order.$table.withValue("7") {
    async let child = Order.$table.withValue("8", operation: look)  // Its own, and its children's.
    let task = Task(name: "soup", operation: look)
    let detached = Task.detached(name: "radio", operation: look)
    return await [
      ["async let, with 8"] + child, ["Task"] + task.value, ["Task.detached"] + detached.value,
      ["the caller", "", Order.table],
    ]
  }
  narrator.table(header: ["started by", "Task.name", "table"], rows: rows)
}

/// Somebody sets it, once. Whoever awaits it gets the value, however many they are, early or late.
func aFutureIsSetOnceAndAwaitedByMany(_ narrator: Narrator) async throws {
  let dish = Future<String>("dish of the day")
  narrator.lanes("chef", "ann", "bob", "cem")
  try await withThrowingTaskGroup { group in
    for (guest, arrival) in [("ann", 0), ("bob", 0.5), ("cem", 1.5)] {
      group.addTask {
        try await Task.sleep(for: .seconds(arrival))
        try await narrator.span(guest, "the dish", kind: .waiting) { _ = try await dish.value }
      }
    }
    try await Task.sleep(for: .seconds(1))
    narrator.mark("chef", "risotto")
    try dish.succeed("risotto")
    do { try dish.succeed("stew") } catch { narrator.tell("\(error)") }
    try await group.waitForAll()
  }
}

/// Cancelling whoever waits ends the wait and nothing else. Awaiting a plain `Task` does not end.
func aWaitThatListensCanBeLeft(_ narrator: Narrator) async throws {
  let kitchen = Kitchen(narrator, "pizza", "ann", "bob", "cem")
  let pizza = Task { try await kitchen.cook("pizza", for: .seconds(1)) }
  let served = TaskHandle(name: "served") { try await pizza.value }
  let ann = Task { try await kitchen.wait("ann", "pizza.value") { try await pizza.value } }
  let bob = Task { try await kitchen.wait("bob", "served.value") { try await served.value } }
  let cem = Task { try await kitchen.wait("cem", "served.value") { try await served.value } }
  try await Task.sleep(for: .seconds(0.5))
  narrator.tell("ann and bob are cancelled")
  for guest in [ann, bob] { guest.cancel() }
  for guest in [ann, bob, cem] { _ = await guest.result }
}

extension Oven {
  /// Heats the oven, and returns how hot it is. The callback resumes the caller, exactly once.
  func heated(to degrees: Int) async throws -> Int {
    let heating = heating(to: degrees)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        heating.start { result in continuation.resume(with: result) }
      }
    } onCancel: {
      heating.switchOff()  // Calls back, too, with an error: the continuation is not left alone.
    }
  }
}

/// Outside of the extension above, the oven is an async function like any other.
func aCallbackBecomesAnAwait(_ narrator: Narrator) async throws {
  let oven = Oven()
  narrator.lanes("ann", "bob")
  let ann = Task { try await narrator.span("ann") { try await oven.heated(to: 180) } }
  let bob = Task { try await narrator.span("bob") { try await oven.heated(to: 250) } }
  try await Task.sleep(for: .seconds(0.5))
  bob.cancel()
  narrator.tell("ann's oven has \(try await ann.value) degrees")
  _ = await bob.result
}

/// A path on which nobody calls back leaves the caller suspended for ever. A simulation sees it.
func aForgottenCallbackIsADeadlock(_ narrator: Narrator) async throws {
  narrator.say("An oven that forgets to call back when it is switched off:")
  let report = await Simulation.run { _ in try await cancelHeating(of: Oven(forgets: true)) }
  narrator.say("\(report.verdict)")
  narrator.say("And one that does not:")
  show(await Simulation.explore { _ in try await cancelHeating(of: Oven()) }, narrator)
}
