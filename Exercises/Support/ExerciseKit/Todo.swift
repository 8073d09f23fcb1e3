@_exported public import StandIns
import Synchronization

/// Says what is still missing, and throws.
///
/// Every stub of an exercise begins with one. Replace it by your answer; checks that come across it
/// count the exercise as unfinished and not as failed.
///
/// ```swift
/// public func transfer(_ amount: Int) async throws {
///   try todo("take both accounts' locks, in an order that every transfer agrees on")
/// }
/// ```
///
/// - Parameter what: What to do, in a few words.
/// - Throws: ``Todo``, always.
public func todo(_ what: String) throws -> Never {
  let todo = Todo(what)
  TodoLog.current?.add(todo)
  throw todo
}

/// Says what is still missing, where a stub cannot throw, and gives something back for now.
///
/// - Parameters:
///   - what: What to do, in a few words.
///   - value: What to return until it is done.
public func todo<Value>(_ what: String, returning value: Value) -> Value {
  TodoLog.current?.add(Todo(what))
  return value
}

/// Something that an exercise has not done yet.
public struct Todo: Error, Hashable, CustomStringConvertible {
  /// What to do, in a few words.
  public let what: String

  init(_ what: String) { self.what = what }

  /// "To do: …".
  public var description: String { "To do: \(what)" }
}

/// What a check came across that has not been done, even where an answer has swallowed the error.
package final class TodoLog: Sendable {
  /// The log of the check that runs.
  @TaskLocal package static var current: TodoLog?

  private let todos = Mutex<[Todo]>([])

  package init() {}

  /// The first that was come across.
  package var first: Todo? { todos.withLock { $0.first } }

  fileprivate func add(_ todo: Todo) { todos.withLock { $0.append(todo) } }
}
