import AsyncPrimitives
import Foundation

/// Explorations that run at a time. Each has a thread that works nearly all the time: hundreds of them
/// would only keep each other waiting, and tests of other things as well.
private let explorations = AsyncSemaphore(
  permits: ProcessInfo.processInfo.activeProcessorCount * 4, "explorations")

/// Runs an exploration when there is room for it.
///
/// The few checks that the runner asks for are not held up: one that hangs should be no other's fault.
func inTurn<Result>(_ explore: () async -> Result) async -> Result {
  if Journal.current != nil { return await explore() }
  await explorations.acquireIgnoringCancellation()
  defer { _ = try? explorations.release() }
  return await explore()
}
