/// What exercise 12 is about: takes some tools, works with them, and gives them back.
public typealias ToolUse =
  @Sendable (_ names: [String], _ room: any ToolRoom, _ work: @escaping ToolWork) async throws
  -> String

/// Makes something, with the tools in the order in which they were asked for.
public typealias ToolWork = @Sendable (_ tools: [Tool]) async throws -> String

/// Where the tools are kept. It is at the other end of the yard, so both ways take their time.
public protocol ToolRoom: Sendable {
  /// Takes a tool. It is yours when this has returned; nothing is, if it throws.
  func take(_ name: String) async throws -> Tool

  /// Gives a tool back. It is back when this has returned.
  ///
  /// If it throws, the tool is broken, and trying again does not mend it. If the task is cancelled
  /// meanwhile, or is already, it throws `CancellationError`, and the tool stays with you.
  func giveBack(_ tool: Tool) async throws
}

/// A tool that was taken from a tool room.
public struct Tool: Sendable, Hashable, CustomStringConvertible {
  /// What it is: "saw".
  public let name: String

  /// A tool of that name.
  public init(name: String) { self.name = name }

  /// Its name.
  public var description: String { name }
}

/// What can go wrong with a tool.
public enum ToolError: Error, Hashable, CustomStringConvertible {
  /// There is none in the room.
  case notThere(String)
  /// The room does not want it back.
  case broken(String)

  /// "there is no saw", "the saw is broken".
  public var description: String {
    switch self {
    case .notThere(let name): "there is no \(name)"
    case .broken(let name): "the \(name) is broken"
    }
  }
}
