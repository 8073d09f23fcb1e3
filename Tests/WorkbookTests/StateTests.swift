import CheckJournal
import Foundation
import Testing

/// Whatever becomes of the file that progress is kept in, the runner says so and goes on.
@Suite("The runner's state")
struct StateTests {
  let desk: Desk
  private let path = ".workbook/state.json"

  init() throws {
    desk = try Desk()
    try desk.play([.of(.held, "it holds")])
  }

  @Test("a file that is damaged is put aside", arguments: ["", "{", "[1]", "{\"version\":1}"])
  func damaged(_ text: String) async throws {
    try desk.write(text, to: path)
    let ran = try await desk.workbook("check", "1")
    #expect(ran.code == 0)
    #expect(ran.errors.contains("is damaged. I have put it aside"))
    #expect(ran.errors.contains("check --all"))
    #expect(desk.text(".workbook/state.aside.json") == text)
    #expect(desk.text(path)?.contains("\"passed\" : true") == true)
  }

  @Test("a file of another version is put aside")
  func version() async throws {
    try desk.write("{\"version\":99,\"exercises\":{}}", to: path)
    let ran = try await desk.workbook("check", "1")
    #expect(ran.code == 0)
    #expect(ran.errors.contains("is of version 99"))
  }

  @Test("where it cannot be written, all else works")
  func unwritable() async throws {
    try desk.write("a file, where the folder should be", to: ".workbook")
    let ran = try await desk.workbook("check", "1")
    #expect(ran.code == 0)
    #expect(ran.errors.contains("Your progress is not kept:"))
    #expect(ran.errors.split(separator: "\n").count == 1)
    #expect(ran.output.contains("1 of 3"), "it is known as long as the program runs")
  }

  @Test("nothing else is left in its folder")
  func clean() async throws {
    _ = try await desk.workbook("check", "1")
    let names = try FileManager.default.contentsOfDirectory(
      atPath: desk.root.appending(path: ".workbook").path)
    #expect(names == ["state.json"])
  }
}
