import Foundation

extension Session {
  /// `reset`.
  func reset() throws(Arguments.Fault) -> ExitCode {
    let exercise = try exercise()
    do throws(SystemError) {
      Output.print(try reset(exercise))
      return .passed
    } catch {
      Output.report("\(exercise.folder) stays as it is: \(error).")
      return .ourFault
    }
  }

  /// Brings the stub back, and moves what was there aside.
  ///
  /// At no moment is there less than before: what a learner wrote is copied before anything is
  /// changed.
  func reset(_ exercise: Exercise) throws(SystemError) -> [String] {
    let stubs = exercise.stubs
    guard !stubs.isEmpty else { throw SystemError(number: ENOENT) }
    let here = project.path("Exercises/\(exercise.folder)")
    let there = project.path(exercise.stubsFolder)
    let theirs = exercise.files
    let isUntouched =
      theirs == stubs
      && stubs.allSatisfy {
        Files.text("\(here)/\($0)") == Files.text("\(there)/\($0)")
      }
    if isUntouched { return paper.wrapped("\(exercise.path) is as it was in the beginning.") }
    var lines = paper.wrapped("\(exercise.path) is again as it was in the beginning.")
    if !theirs.isEmpty {
      let kept = try freeFolder(exercise)
      for file in theirs { try Files.copy("\(here)/\(file)", to: "\(project.path(kept))/\(file)") }
      lines += paper.wrapped("Your work is in \(kept): \(theirs.joined(separator: ", ")).")
    }
    for file in stubs { try Files.copy("\(there)/\(file)", to: "\(here)/\(file)") }
    for file in theirs where !stubs.contains(file) { unlink("\(here)/\(file)") }
    progressFile.update { $0[exercise].passed = false }
    return lines
  }

  /// "Exercises/Kept/05-Bank-1": the first that is not there yet.
  private func freeFolder(_ exercise: Exercise) throws(SystemError) -> String {
    var number = 1
    while Files.exist(project.path("Exercises/Kept/\(exercise.folder)-\(number)")) { number += 1 }
    let folder = "Exercises/Kept/\(exercise.folder)-\(number)"
    try Files.makeFolder(project.path(folder))
    return folder
  }
}
