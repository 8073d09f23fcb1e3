// Exercise 01 · Breakfast, as we would write it.
//
// Steps that need each other stand below each other, steps that do not stand side by side in a
// group. What needs several things comes after the group that does them. So the program has the
// shape of the table, a group for each place where chains meet, and no step waits for more than
// it needs. Groups also keep the last two rules: whatever fails, a group's end is the end of
// all that was started in it.
//
// The road not taken: two groups in a row, first what needs nothing and then what needs that. It
// is shorter, and lets the coffee wait for the toast. Nor one `Task { }` for each step that awaits
// the tasks of those it needs: that keeps the first three rules, and when the bacon burns, nobody
// awaits the coffee.

public import ExerciseKit

/// Does all steps of a breakfast, each as soon as what it needs is done.
///
/// - Throws: The error of a step that failed, when nothing goes on any more.
public func makeBreakfast(in kitchen: any Kitchen) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      try await kitchen.perform(.boilWater)
      try await kitchen.perform(.brewCoffee)
    }
    group.addTask { try await fillPlate(in: kitchen) }
    try await group.waitForAll()
  }
  try await kitchen.perform(.serve)
}

/// Eggs, bacon and toast; then they are put on the plate.
private func fillPlate(in kitchen: any Kitchen) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      try await kitchen.perform(.heatPan)
      try await fryEggsAndBacon(in: kitchen)
    }
    group.addTask {
      try await kitchen.perform(.toastBread)
      try await kitchen.perform(.butterToast)
    }
    try await group.waitForAll()
  }
  try await kitchen.perform(.fillPlate)
}

/// The pan is hot, and large enough for both.
private func fryEggsAndBacon(in kitchen: any Kitchen) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await kitchen.perform(.fryEggs) }
    group.addTask { try await kitchen.perform(.fryBacon) }
    try await group.waitForAll()
  }
}
