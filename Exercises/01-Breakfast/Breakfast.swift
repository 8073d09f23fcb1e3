// Exercise 01 · Breakfast                                          15 minutes
//
// Make breakfast, in a kitchen where several things can go on at the same time.
//
// `try await kitchen.perform(.heatPan)` does a step, and returns when it is done.
// There are nine, and some need others to be done before they begin:
//
//    step          needs
//    boilWater
//    brewCoffee    boilWater
//    heatPan
//    fryEggs       heatPan
//    fryBacon      heatPan
//    toastBread
//    butterToast   toastBread
//    fillPlate     fryEggs, fryBacon, butterToast
//    serve         fillPlate, brewCoffee
//
// Rules:
//  1. Every step is done, and done once.
//  2. No step begins before all that it needs is done.
//  3. Nor does it wait for anything else. So breakfast takes as long as its longest
//     chain of steps. Which one that is differs from day to day.
//  4. If a step throws, breakfast throws its error, and nothing that needs the step
//     is begun.
//  5. When breakfast has ended, well or not, nothing goes on in the kitchen, and
//     nothing of yours is left behind: no task, and no timer either.
//
// For example, where boiling water takes 3 s, brewing 2 s, and all else 1 s each:
//
//    try await makeBreakfast(in: kitchen)   // 6 s: boilWater, brewCoffee, serve
//                                           // (in turn, it would be 12 s)
//
// Check it:   swift test --filter Breakfast
// Stuck?      Hints.md in this folder, a level at a time.

public import ExerciseKit

/// Does all steps of a breakfast, each as soon as what it needs is done.
///
/// - Throws: The error of a step that failed, when nothing goes on any more.
public func makeBreakfast(in kitchen: any Kitchen) async throws {
  try todo("begin all that needs nothing; go on with each as soon as what it needs is done")
}
