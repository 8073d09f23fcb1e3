/// What exercise 06 is about: a gate that is closed at first, and is opened once for all.
public protocol Gating: Sendable {
  /// Builds a gate that is closed.
  init()

  /// Returns when the gate is open, at once if it is.
  func wait() async throws

  /// Opens the gate, for everybody who waits and for everybody who comes later.
  func open() async
}
