import Testing

/// `#expect(throws:)` as a function, which may stand inside of another expectation.
nonisolated(nonsending) func expectThrow<Failure: Error & Equatable, Success>(
  _ expected: Failure, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: nonisolated(nonsending) () async throws -> Success
) async {
  do {
    _ = try await body()
    Issue.record("nothing was thrown, and not \(expected)", sourceLocation: sourceLocation)
  } catch {
    #expect(error as? Failure == expected, "\(error)", sourceLocation: sourceLocation)
  }
}

/// `#expect(throws:)` as a function, which may stand inside of another expectation.
nonisolated(nonsending) func expectThrow<Failure: Error, Success>(
  _ type: Failure.Type, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: nonisolated(nonsending) () async throws -> Success
) async {
  do {
    _ = try await body()
    Issue.record("nothing was thrown, and no \(type)", sourceLocation: sourceLocation)
  } catch {
    #expect(error is Failure, "\(error)", sourceLocation: sourceLocation)
  }
}
