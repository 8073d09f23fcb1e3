/// What exercise 07 is about: a buffer between those who put elements and those who take them.
public protocol Buffering<Element>: Sendable {
  /// What is put and taken.
  associatedtype Element: Sendable

  /// Builds an empty buffer with room for so many elements, at least one.
  init(capacity: Int)

  /// Puts an element into the buffer, as soon as there is room.
  func put(_ element: Element) async throws

  /// Takes the oldest element out of the buffer, as soon as there is one.
  func take() async throws -> Element
}
