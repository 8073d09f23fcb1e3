import Foundation
import Testing

@testable import Narration

@Suite("A lesson's file")
struct OutputFileTests {
  @Test("is checked without a trace")
  func check() async throws {
    try await withFolder { folder in
      let old = folder.appending(path: "old").path
      try "as it was".write(toFile: old, atomically: true, encoding: .utf8)
      try OutputFile(old).check()
      try OutputFile(folder.appending(path: "new").path).check()
      #expect(try String(contentsOfFile: old, encoding: .utf8) == "as it was")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["old"])
    }
  }

  @Test("replaces what was there, through a link too")
  func replace() async throws {
    try await withFolder { folder in
      let old = folder.appending(path: "old").path
      let link = folder.appending(path: "link").path
      try "as it was".write(toFile: old, atomically: true, encoding: .utf8)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: old)
      try OutputFile(link).write("new")
      #expect(try String(contentsOfFile: old, encoding: .utf8) == "new")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == old)
    }
  }

  @Test("is refused where there is a folder, or none")
  func refused() async throws {
    try await withFolder { folder in
      let inside = folder.appending(path: "no/file").path
      for path in [folder.path, inside] {
        #expect(throws: OutputFile.Problem.self) { try OutputFile(path).check() }
        #expect(throws: OutputFile.Problem.self) { try OutputFile(path).write("") }
      }
    }
  }

  @Test("may be a device")
  func device() throws {
    try OutputFile("/dev/null").check()
    try OutputFile("/dev/null").write("gone")
  }
}
