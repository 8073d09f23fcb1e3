import CheckKit
import Testing
@Test func exploreReports() async throws {
  try await withKnownIssue {
    try await explore { world in
      let c = Counter()
      await withTaskGroup(of: Void.self) { g in for _ in 0..<2 { g.addTask { await c.add() } } }
      #expect(await c.get() == 2)
    }
  } matching: { print("ISSUE", $0.comments, $0); return true }
}
