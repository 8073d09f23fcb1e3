import Foundation

/// Notices that files of exercises are saved.
///
/// By looking, ten times a second: it works the same everywhere, on network drives too, and
/// asking the system for the dates of all files costs it a tenth of a millisecond.
struct Saves {
  /// What tells one state of a file from another.
  private struct Stamp: Equatable {
    var modified: Int
    var size: Int
    var file: UInt64
  }

  private let project: Project
  private var stamps: [String: [String: Stamp]] = [:]

  init(_ project: Project) {
    self.project = project
    for exercise in project.exercises { stamps[exercise.number] = look(at: exercise) }
  }

  /// The exercises whose files have changed since the last look.
  mutating func changed() -> [Exercise] {
    project.exercises.filter { exercise in
      let now = look(at: exercise)
      defer { stamps[exercise.number] = now }
      return now != stamps[exercise.number]
    }
  }

  private func look(at exercise: Exercise) -> [String: Stamp] {
    var stamps: [String: Stamp] = [:]
    look(in: project.path("Exercises/\(exercise.folder)"), &stamps)
    return stamps
  }

  private func look(in folder: String, _ stamps: inout [String: Stamp]) {
    guard let list = opendir(folder) else { return }
    defer { closedir(list) }
    while let entry = readdir(list) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      // What editors keep beside a file has a dot, a tilde or a # in its name.
      guard !name.hasPrefix(".") else { continue }
      let path = "\(folder)/\(name)"
      var status = stat()
      guard stat(path, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        look(in: path, &stamps)
      } else if name.hasSuffix(".swift") {
        stamps[path] = Stamp(
          modified: Platform.modification(status), size: Int(status.st_size),
          file: UInt64(status.st_ino))
      }
    }
  }
}
