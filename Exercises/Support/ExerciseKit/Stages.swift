/// What exercise 02 is about: a press that makes a book of pages from all over the world.
///
/// Each of its operations takes its time, and the task suspends meanwhile. Any number of them can
/// be under way together.
public protocol Press: Sendable {
  /// Draws the cover.
  func drawCover() async throws -> String

  /// Downloads the text of a page.
  func download(_ page: Int) async throws -> String

  /// Processes the text of a page, and keeps what comes of it for the book.
  func process(_ page: Int, _ text: String) async throws

  /// Binds all pages that have been processed into one book.
  ///
  /// - Returns: Its title.
  func bind(_ cover: String) async throws -> String
}
