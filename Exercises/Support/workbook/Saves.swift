import Foundation

/// Notices that files of exercises are saved.
///
/// By looking, twenty times a second: it works the same everywhere, on network drives too, and costs
/// next to nothing, since a folder is read anew only when its own date has changed.
struct Saves {
  /// What tells one state of a file from another.
  private struct Stamp: Equatable {
    var modified: Int
    var size: Int
    var file: UInt64
    var isFolder: Bool

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      modified = Platform.modification(status)
      size = Int(status.st_size)
      file = UInt64(status.st_ino)
      isFolder = status.st_mode & S_IFMT == S_IFDIR
    }
  }

  /// The folders of an exercise and the Swift files in them, as they were at the last look.
  private struct Look: Equatable {
    var folders: [String: Stamp?] = [:]
    var files: [String: Stamp?] = [:]

    init(at folder: String) {
      folders[folder] = Stamp(folder)
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
        // What editors keep beside a file has a dot in front, or another ending.
        guard !name.hasPrefix(".") else { continue }
        let path = "\(folder)/\(name)"
        guard let stamp = Stamp(path) else { continue }
        if stamp.isFolder {
          let below = Look(at: path)
          folders.merge(below.folders) { $1 }
          files.merge(below.files) { $1 }
        } else if name.hasSuffix(".swift") {
          files[path] = stamp
        }
      }
    }

    /// True if something is not as it was, as far as dates tell.
    var isOutdated: Bool {
      folders.contains { Stamp($0.key) != $0.value } || files.contains { Stamp($0.key) != $0.value }
    }
  }

  private let project: Project
  private var looks: [String: Look] = [:]

  init(_ project: Project) {
    self.project = project
    for exercise in project.exercises { looks[exercise.number] = look(at: exercise) }
  }

  /// The exercises whose files have changed since the last look.
  mutating func changed() -> [Exercise] {
    project.exercises.filter { exercise in
      guard let before = looks[exercise.number], before.isOutdated else { return false }
      let now = look(at: exercise)
      looks[exercise.number] = now
      // A folder's date changes also for what is none of ours, like the copy that an editor makes.
      return now.files != before.files
    }
  }

  private func look(at exercise: Exercise) -> Look {
    Look(at: project.path("Exercises/\(exercise.folder)"))
  }
}
