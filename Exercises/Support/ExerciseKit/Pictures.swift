/// A picture, as it was loaded. Each load makes one of its own.
public final class Picture: Sendable {
  /// What it is called.
  public let name: String

  /// A picture of that name.
  public init(_ name: String) {
    self.name = name
  }
}

/// Loads a picture, which takes its time.
///
/// It throws if that fails, and stops as soon as it can when it is cancelled.
public typealias PictureLoad = @Sendable (_ name: String) async throws -> Picture

/// What exercise 11 is about: many callers want pictures, and often the same one.
public protocol PictureLoading: Sendable {
  /// Makes loads of that kind.
  init(load: @escaping PictureLoad)

  /// The picture of that name, from a load that is shared with others who want it meanwhile.
  func picture(_ name: String) async throws -> Picture
}
