import Foundation
import Simulation
import Testing

/// Every lesson, run as a reader would run it.
@Suite("Lessons", .enabled(if: Simulation.Mode.current == .complete, "lessons need virtual time"))
struct LessonRunTests {
  static let programs = Project.lessonFolders.map(Project.program(of:))

  @Test("the folders and the manifest's table are the same chapters")
  func table() throws {
    #expect(!Self.programs.isEmpty)
    let manifest = try Project.manifest()
    for folder in Project.lessonFolders {
      let line = "Chapter(\"\(folder.prefix(2))\", lesson: \"\(folder.dropFirst(3))\""
      #expect(manifest.contains(line))
    }
  }

  @Test("virtual: ends well, and the same on every run", arguments: programs)
  func virtual(_ program: String) async throws {
    let first = try await Project.remembered(program, ["--virtual"])
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.errors.isEmpty)
    #expect(first.output.contains("█"), "a lesson draws what overlapped what")
    let second = try await Project.run(program, ["--virtual"])
    #expect(first.output == second.output)
    for line in first.output.split(separator: "\n") {
      #expect(line.count <= 80, "wider than 80 columns: \(line)")
    }
  }

  @Test("plain: pure ASCII, and no colour", arguments: programs)
  func plain(_ program: String) async throws {
    let run = try await Project.run(program, ["--virtual", "--plain"])
    #expect(run.status == 0)
    #expect(run.output.utf8.allSatisfy { $0 == 10 || (32..<127).contains($0) })
  }

  @Test("one scene at a time, as --list names them", arguments: programs)
  func scenes(_ program: String) async throws {
    let list = try await Project.remembered(program, ["--list"])
    #expect(list.status == 0)
    // "1  Five increments"
    let scenes = list.output.split(separator: "\n").compactMap { line in
      line.firstRange(of: "  ").map { String(line[$0.upperBound...]) }
    }
    #expect(scenes.count > 1)
    for (index, title) in scenes.enumerated() {
      let run = try await Project.remembered(
        program, ["--virtual", "--scene", "\(index + 1)"])
      #expect(run.status == 0)
      #expect(run.output.contains("\(index + 1) · \(title)\n"))
      for other in scenes where other != title {
        #expect(!run.output.contains(" · \(other)\n"))
      }
    }
  }

  @Test("help names every option", arguments: programs)
  func help(_ program: String) async throws {
    let run = try await Project.remembered(program, ["--help"])
    #expect(run.status == 0)
    for option in [
      "--virtual", "--seed", "--speed", "--svg", "--trace", "--plain", "--scene", "--list",
      "--help",
    ] {
      #expect(run.output.contains(option))
    }
  }

  @Test(
    "wrong use: one line on standard error, and exit code 64",
    arguments: [
      ["--foo"], ["--virtul"], ["--speed", "0"], ["--speed", "fast"], ["--speed"],
      ["--scene", "99"], ["--scene", "0"], ["--seed", "-1"], ["extra"],
    ])
  func usage(_ arguments: [String]) async throws {
    try await expectUsageError("Lesson05", arguments)
  }

  @Test("wrong use: the same in every lesson", arguments: programs)
  func unknownOption(_ program: String) async throws {
    try await expectUsageError(program, ["--foo"])
  }

  private func expectUsageError(_ program: String, _ arguments: [String]) async throws {
    let run = try await Project.run(program, arguments)
    #expect(run.status == 64)
    #expect(run.output.isEmpty)
    #expect(run.errors.split(separator: "\n").count == 1)
    #expect(run.errors.hasPrefix("\(program): "))
  }

  @Test("a file that cannot be written: exit code 73, before anything runs", arguments: programs)
  func cannotCreate(_ program: String) async throws {
    for option in ["--svg", "--trace"] {
      let run = try await Project.run(program, ["--virtual", option, "/no/such/folder/file"])
      #expect(run.status == 73)
      #expect(run.output.isEmpty)
      #expect(run.errors.split(separator: "\n").count == 1)
    }
  }

  @Test("pictures and traces are written", arguments: programs)
  func files(_ program: String) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "async-workbook-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let svg = folder.appending(path: "a picture.svg")
    let trace = folder.appending(path: "trace.json")
    let run = try await Project.run(
      program, ["--virtual", "--svg", svg.path, "--trace", trace.path])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try String(contentsOf: svg, encoding: .utf8).hasPrefix("<svg"))
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: trace))
    let events = try #require((object as? [String: Any])?["traceEvents"] as? [Any])
    #expect(!events.isEmpty)
  }

  @Test("a closed pipe ends a lesson quietly", arguments: programs)
  func closedPipe(_ program: String) async throws {
    let run = try await Project.shell("\(program) --virtual | head -1")
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    #expect(run.output.split(separator: "\n").count == 1)
  }

  @Test("faster than time, and still the same", arguments: programs)
  func paced(_ program: String) async throws {
    let virtual = try await Project.remembered(program, ["--virtual"])
    let paced = try await Project.run(program, ["--speed", "100000"])
    #expect(paced.status == 0, "\(paced.errors)")
    #expect(paced.output == virtual.output)
  }
}
