import AsyncPrimitives
import Testing

/// The examples of the documentation of the queues, compiled and run.
@Suite("Examples in the documentation of queues")
struct QueueExampleTests {
  private struct Order: Sendable, Hashable { let dish: String }

  private actor Kitchen {
    var cooked: Set<Order> = []
    func cook(_ order: Order) async throws { cooked.insert(order) }
  }

  @Test func asyncQueue() async throws {
    let kitchen = Kitchen()
    let guests = (1...20).map { Order(dish: "dish \($0)") }
    @Sendable func cook(_ order: Order) async throws { try await kitchen.cook(order) }

    let orders = AsyncQueue<Order>(capacity: 10, name: "orders")
    try await withThrowingTaskGroup { group in
      for _ in 1...3 {
        group.addTask {
          for try await order in orders.items {
            try await cook(order)
            try orders.taskDone()
          }
        }
      }
      for order in guests { try await orders.put(order) }
      orders.shutdown()  // no more orders: the loops end when all are taken
      try await orders.join()  // and here all are done
      #expect(await kitchen.cooked == Set(guests))
      try await group.waitForAll()
    }
  }

  private struct Job: Sendable {
    let name: String
    let urgency: Int
    init(_ name: String, urgency: Int) {
      self.name = name
      self.urgency = urgency
    }
  }

  @Test func asyncPriorityQueue() async throws {
    let jobs = AsyncPriorityQueue<Job>(name: "jobs") { $0.urgency > $1.urgency }
    try await jobs.put(Job("water the plants", urgency: 1))
    try await jobs.put(Job("put out the fire", urgency: 9))
    let next = try await jobs.get()
    #expect(next.name == "put out the fire")
  }

  private struct Connection: Sendable {
    func fetch(_ path: String) async -> String { path }
  }

  @Test func asyncStack() async throws {
    let connections = AsyncStack<Connection>(name: "connections")
    try await connections.put(Connection())
    let connection = try await connections.get()
    let page = await connection.fetch("/")
    try await connections.put(connection)
    #expect(page == "/")
  }
}
