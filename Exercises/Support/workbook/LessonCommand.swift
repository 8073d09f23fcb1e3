import Foundation

extension Session {
  /// `lesson`.
  func lesson() throws(Arguments.Fault) -> ExitCode {
    guard let name = arguments.words.first else {
      Output.print(
        project.lessons.map { lesson in
          "  \(lesson.number)  \(lesson.title.padded(to: 24))swift run \(lesson.program)"
        })
      return .passed
    }
    let wanted = project.lessons.first { lesson in
      Int(lesson.number) == Int(name) && Int(name) != nil
        || lesson.folder.dropFirst(3).lowercased() == name.lowercased()
        || lesson.program.lowercased() == name.lowercased()
    }
    guard let lesson = wanted else {
      throw Arguments.Fault(
        message: "there is no lesson “\(name)”. `swift run workbook lesson` shows those that there "
          + "are.")
    }
    let error = Platform.become(
      ["swift", "run", "--package-path", project.root, lesson.program]
        + arguments.words.dropFirst())
    Output.report("swift could not be started: \(error).")
    return .ourFault
  }
}
