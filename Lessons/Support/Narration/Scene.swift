/// One part of a lesson: a title, and the function that tells it.
public struct Scene: Sendable {
  /// What the scene is called in the lesson's output.
  public let title: String
  /// A line below the title, if it needs one.
  public let note: String?
  /// The unit of its time stamps.
  public let stamps: TimeUnit
  let body: @Sendable (Narrator) async throws -> Void

  /// Describes a scene that `body` tells.
  public init(
    _ title: String, note: String? = nil, stamps: TimeUnit = .seconds,
    _ body: @escaping @Sendable (Narrator) async throws -> Void
  ) {
    self.title = title
    self.note = note
    self.stamps = stamps
    self.body = body
  }
}

/// Lets a lesson list its scenes one below the other.
@resultBuilder
public enum SceneBuilder {
  /// Starts with one scene.
  public static func buildExpression(_ scene: Scene) -> [Scene] { [scene] }
  /// Puts scenes one after the other.
  public static func buildBlock(_ scenes: [Scene]...) -> [Scene] { scenes.flatMap(\.self) }
  /// Allows `if` without `else`.
  public static func buildOptional(_ scenes: [Scene]?) -> [Scene] { scenes ?? [] }
  /// Allows `if` with `else`.
  public static func buildEither(first scenes: [Scene]) -> [Scene] { scenes }
  /// Allows `if` with `else`.
  public static func buildEither(second scenes: [Scene]) -> [Scene] { scenes }
  /// Allows `for`.
  public static func buildArray(_ scenes: [[Scene]]) -> [Scene] { scenes.flatMap(\.self) }
}
