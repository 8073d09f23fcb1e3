import Foundation
import Testing

/// Lesson 13 on this machine's disk: in the simulation, it plays on another one.
@Suite("Real files")
struct RealFilesTests {
  @Test("what is written is read, failures have names, and nothing is left behind")
  func real() async throws {
    let run = try await Project.shell(
      """
      export TMPDIR=$(mktemp -d); ulimit -n 256
      Lesson13 --scene 1 --scene 4 --scene 5 --scene 6 --scene 7; status=$?
      rmdir "$TMPDIR" && exit $status
      """)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.isEmpty)
    for line in [
      "as written: yes", "files open: 0", "Files open: 0", "there is no “lost.txt”",
      "“letters” is a folder", "“photo.jpg” is not UTF-8 text",
    ] {
      #expect(run.output.contains(line))
    }
    if FileManager.default.fileExists(atPath: "/dev/full") {
      #expect(run.output.contains("no room left for “/dev/full”"))
    }
    let written = try #require(run.output.firstMatch(of: /words written: ([0-9]+)/)).1
    for limit in [1, 8, 64] {
      #expect(run.output.contains("\(limit) at a time: 1000 files, \(written) words"))
    }
    let whales = try #require(run.output.firstMatch(of: /by either way: ([0-9]+) and ([0-9]+)/))
    #expect(whales.1 == whales.2)
  }

  @Test("reads on threads of their own end well")
  func threads() async throws {
    let run = try await Project.run("Lesson13", ["--scene", "3"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("The longest delay of a beat"))
    #expect(!run.output.contains("✗"))
  }

  @Test("without a folder to write to: one clear line, and the rest goes on")
  func noFolder() async throws {
    let run = try await Project.shell("TMPDIR=/dev/null Lesson13 --scene 1 --scene 7")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.matches(of: /Skipped: no folder can be made/).count == 2)
  }

  @Test("interrupted: no folder is left behind, and the exit code says why", arguments: [2, 15])
  func interrupted(_ signal: Int) async throws {
    // A shell without job control lets what runs in its background ignore SIGINT.
    let run = try await Project.shell(
      """
      export TMPDIR=$(mktemp -d); set -m
      Lesson13 --scene 5 >/dev/null &
      until [ -n "$(ls -A "$TMPDIR")" ]; do sleep 0.05; done
      sleep 0.2; kill -\(signal) $!; wait $!; status=$?
      rmdir "$TMPDIR" && exit $status
      """)
    #expect(run.status == 128 + Int32(signal), "\(run.errors)")
  }
}
