import Foundation

/// Where progress is kept.
final class ProgressFile {
  static let path = ".workbook/state.json"
  private let root: String
  private let report: (String) -> Void
  private var said: Set<String> = []
  /// What could not be written, and is true until this program ends.
  private var unwritten: Progress?

  /// - Parameter report: Is told what is wrong, in a sentence, once.
  init(root: String, report: @escaping (String) -> Void) {
    self.root = root
    self.report = report
  }

  private func say(_ sentence: String) {
    if said.insert(sentence).inserted { report(sentence) }
  }

  /// Reads it. If that cannot be done, says why and begins anew.
  func load() -> Progress {
    if let unwritten { return unwritten }
    let path = "\(root)/\(Self.path)"
    guard FileManager.default.fileExists(atPath: path) else { return Progress() }
    guard let data = FileManager.default.contents(atPath: path) else {
      say("Your progress cannot be read: \(Self.path) is not readable. I go on without.")
      return Progress()
    }
    struct Versioned: Decodable { var version: Int }
    let version = try? JSONDecoder().decode(Versioned.self, from: data).version
    if version == Progress.version,
      let progress = try? JSONDecoder().decode(Progress.self, from: data)
    {
      return progress
    }
    let aside = ".workbook/state.aside.json"
    let kept = rename(path, "\(root)/\(aside)") == 0 ? " I have put it aside as \(aside)." : ""
    let fault = version.map { $0 == Progress.version ? "is damaged" : "is of version \($0)" }
    say(
      "Your progress cannot be read: \(Self.path) \(fault ?? "is damaged").\(kept) "
        + "`swift run workbook check --all` finds out again what has passed.")
    return Progress()
  }

  /// Changes what is in the file now, so that two runners do not undo what the other noted.
  @discardableResult
  func update(_ change: (inout Progress) -> Void) -> Progress {
    var progress = load()
    let before = progress
    change(&progress)
    if progress != before { save(progress) }
    return progress
  }

  /// Writes it beside, and moves it into place: whatever happens, one of both is whole.
  private func save(_ progress: Progress) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let place = "\(root)/\(Self.path)"
    let beside = "\(place).\(getpid())"
    do throws(SystemError) {
      try Files.makeFolder(root + "/.workbook")
      let text = (try? encoder.encode(progress)).map { String(decoding: $0, as: UTF8.self) }
      try Files.write((text ?? "{}") + "\n", to: beside)
      guard rename(beside, place) == 0 else { throw .current }
      unwritten = nil
    } catch {
      unlink(beside)
      unwritten = progress
      say("Your progress is not kept: \(error). All else works.")
    }
  }
}
