import AsyncPrimitives
import Narration

/// Asks couriers for their price. The timeline shows each answer on its own lane.
struct Market: Sendable {
  private let narrator: Narrator
  private let refusing: Set<String>

  /// Opens a market in which these couriers have no room for another parcel.
  init(_ narrator: Narrator, refusing: Set<String> = ["van"]) {
    self.narrator = narrator
    self.refusing = refusing
    // Tasks may begin in any order. Their lanes shall not.
    for lane in ["caller"] + couriers { narrator.lanes(lane) }
  }

  /// Asks one courier what it would take, in euros.
  func ask(_ courier: String) async throws -> Int {
    try await narrator.span(courier) {
      let (time, price) = Self.answer(of: courier)
      try await Task.sleep(for: time)
      if refusing.contains(courier) { throw NoRoom(courier: courier) }
      return price
    }
  }

  /// Asks all couriers, each in a task of its own, which nobody awaits yet.
  func askEveryone() -> [TaskHandle<Int>] {
    couriers.map { courier in TaskHandle(name: courier) { try await ask(courier) } }
  }

  /// How long a courier thinks, and what it asks for.
  private static func answer(of courier: String) -> (time: Duration, price: Int) {
    switch courier {
    case "bike": (.milliseconds(500), 9)
    case "van": (.milliseconds(1000), 8)
    case "train": (.milliseconds(1500), 6)
    default: (.milliseconds(2000), 4)
    }
  }
}

/// A courier that cannot take another parcel.
struct NoRoom: Error, CustomStringConvertible {
  let courier: String
  var description: String { "no room on the \(courier)" }
}
