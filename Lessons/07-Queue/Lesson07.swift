// Lesson 7 · Queue
//
//   asyncio                              Swift
//   shelf = asyncio.Queue(maxsize=2)     let shelf = AsyncQueue<Loaf>(capacity: 2)
//   await shelf.put(loaf)                try await shelf.put(loaf)
//   while True: … await shelf.get()      for try await loaf in shelf.items { … }
//   shelf.get_nowait()                   try shelf.tryGet()
//   shelf.task_done()                    try shelf.taskDone()
//   await shelf.join()                   try await shelf.join()
//   shelf.shutdown(immediate=True)       shelf.shutdown(immediate: true)
//   LifoQueue(), PriorityQueue()         AsyncStack(), AsyncPriorityQueue { $0.due < $1.due }
//   (not the same: see Streams.swift)    AsyncStream<Loaf>
//
// Run me:    swift run Lesson07
// Then try:  Exercises/07-BoundedBuffer

import AsyncPrimitives
import Narration
import Simulation

@main
struct Lesson07 {
  static func main() async {
    await Lesson(7, "Queue") {
      Scene("A large shelf lets the bakers run ahead", aLargeShelfLetsTheBakersRunAhead)
      Scene("A small shelf makes them wait", aSmallShelfMakesThemWait)
      Scene("join waits until all is done", joinWaitsUntilAllIsDone)
      Scene("A graceful shutdown delivers what is left", aGracefulShutdownDeliversWhatIsLeft)
      Scene("An immediate shutdown drops it", anImmediateShutdownDropsIt)
      Scene("What comes out first is a choice", whatComesOutFirstIsAChoice)
      Scene("Looking is not taking", lookingIsNotTaking)
      Scene("A stream makes nobody wait", aStreamMakesNobodyWait)
      Scene("Who leaves a stream ends it for all", whoLeavesAStreamEndsItForAll)
      Scene("Who leaves a queue leaves alone", whoLeavesAQueueLeavesAlone)
    }.main()
  }
}

/// There is room for all that the vans do not take in time: the bakers never wait.
func aLargeShelfLetsTheBakersRunAhead(_ narrator: Narrator) async throws {
  try await bakeAndDeliver(AsyncQueue(capacity: 10), narrator)
}

/// `put` waits for room: the bakers cannot get ahead of the vans by more than two loaves.
func aSmallShelfMakesThemWait(_ narrator: Narrator) async throws {
  try await bakeAndDeliver(AsyncQueue(capacity: 2), narrator)
}

/// Who bakes does not know who delivers, nor how many do: all that they share is the shelf.
func bakeAndDeliver(_ shelf: AsyncQueue<Loaf>, _ narrator: Narrator) async throws {
  let bakery = Bakery(narrator, bakers + vans)
  try await withThrowingDiscardingTaskGroup { delivering in
    for van in vans {
      delivering.addTask {
        try await bakery.shift(of: van) {
          for try await loaf in shelf.items { try await bakery.deliver(loaf, with: van) }
        }
      }
    }
    try await withThrowingDiscardingTaskGroup { baking in
      for baker in bakers {
        baking.addTask {
          try await bakery.shift(of: baker) {
            for number in 1...5 { try await shelf.put(bakery.bake(number, by: baker)) }
          }
        }
      }
    }
    narrator.tell("all is baked, and has found its place")
    shelf.shutdown()  // No more will come: the loops of the vans end when all is taken.
  }
  narrator.tell("all is delivered; most loaves on the shelf: \(shelf.statistics.highWaterMark)")
}

/// An empty queue means that all is taken. When it is done, only those can say who took it.
func joinWaitsUntilAllIsDone(_ narrator: Narrator) async throws {
  let bakery = Bakery(narrator, ["shop"] + vans)
  let shelf = AsyncQueue<Loaf>()
  for number in 1...5 { try await shelf.put("a\(number)") }
  try await withThrowingTaskGroup { group in
    for van in vans {
      group.addTask {
        for try await loaf in shelf.items {
          if shelf.isEmpty { narrator.mark("shop", "the shelf is empty") }
          try await bakery.deliver(loaf, with: van)
          try shelf.taskDone()
        }
      }
    }
    try await bakery.shift(of: "shop") { try await shelf.join() }
    narrator.mark("shop", "join returns")
    group.cancelAll()  // The vans would wait for more for ever.
  }
}

/// Nothing gets in any more, not even what a baker waits to put. What is there is still taken.
func aGracefulShutdownDeliversWhatIsLeft(_ narrator: Narrator) async throws {
  try await close(immediately: false, narrator)
}

/// What is there is dropped, and handed back to whoever closed the shelf.
func anImmediateShutdownDropsIt(_ narrator: Narrator) async throws {
  try await close(immediately: true, narrator)
}

func close(immediately: Bool, _ narrator: Narrator) async throws {
  let bakery = Bakery(narrator, ["shop", "baker a", "van 1"])
  let shelf = AsyncQueue<Loaf>(capacity: 3, name: "shelf")
  try await withThrowingDiscardingTaskGroup { group in
    group.addTask {
      do {
        try await bakery.shift(of: "baker a") {
          for number in 1... { try await shelf.put(bakery.bake(number, by: "baker a")) }
        }
      } catch let error as QueueError {
        narrator.tell("baker a keeps a loaf: \(error)")
      }
    }
    group.addTask {
      try await bakery.shift(of: "van 1") {
        for try await loaf in shelf.items { try await bakery.deliver(loaf, with: "van 1") }
      }
    }
    try await Task.sleep(for: .milliseconds(800))
    narrator.mark("shop", "closes the shelf")
    let dropped = shelf.shutdown(immediate: immediately)
    narrator.tell("on the shelf: \(shelf.count); dropped: \(dropped.count)")
  }
}

/// Three kinds of queue, the same four orders. Of equal ones, the priority queue keeps the order.
func whatComesOutFirstIsAChoice(_ narrator: Narrator) async throws {
  let (queue, stack) = (AsyncQueue<Order>(), AsyncStack<Order>())
  let earliest = AsyncPriorityQueue<Order> { $0.due < $1.due }
  for order in orders {
    try await queue.put(order)
    try await stack.put(order)
    try await earliest.put(order)
  }
  var rows: [[String]] = []
  for order in orders {
    rows.append(try await [order, queue.get(), stack.get(), earliest.get()].map { "\($0)" })
  }
  narrator.table(header: ["put", "AsyncQueue", "AsyncStack", "AsyncPriorityQueue"], rows: rows)
}

/// Between looking and taking, another may take. Under some schedules, one waits for ever.
func lookingIsNotTaking(_ narrator: Narrator) async throws {
  narrator.say("One loaf, two vans. Each looks whether there is one, and if so, gets it:")
  await search(narrator) { shelf in
    if !shelf.isEmpty {
      Simulation.note("sees it")
      _ = try await shelf.get()
      Simulation.note("takes it")
    }
  }
  narrator.say("With tryGet, which looks and takes in one step:")
  await search(narrator) { shelf in
    if (try? shelf.tryGet()) != nil { Simulation.note("takes it") }
  }
}
