internal import AsyncPrimitives

// Tasks that nobody's scope holds: in a simulation, they go where the run is. See Sleeping.swift for
// how these come in.

extension Task where Failure == Never {
  /// Starts a task. See `Task.init(name:priority:operation:)` in the standard library.
  @discardableResult
  public init(
    name: String? = nil, priority: TaskPriority? = nil,
    @_inheritActorContext @_implicitSelfCapture operation:
      sending @escaping @isolated(any) ()
      async -> Success
  ) {
    if let run = run(for: operation) {
      self.init(name: name, executorPreference: run, priority: priority, operation: operation)
    } else {
      self._Concurrency::init(name: name, priority: priority, operation: operation)
    }
  }

  /// Starts a task that inherits nothing. See `Task.detached` in the standard library.
  @discardableResult
  public static func detached(
    name: String? = nil, priority: TaskPriority? = nil,
    operation: sending @escaping @isolated(any) () async -> Success
  ) -> Task<Success, Never> {
    if let run = run(for: operation) {
      return .detached(
        name: name, executorPreference: run, priority: priority, operation: operation)
    }
    return Task._Concurrency::detached(name: name, priority: priority, operation: operation)
  }

  /// Starts a task at once, on the caller's thread. See `Task.immediate` in the standard library.
  @discardableResult
  public static func immediate(
    name: String? = nil, priority: TaskPriority? = nil,
    executorPreference: consuming (any TaskExecutor)? = nil,
    @_implicitSelfCapture @_inheritActorContext(always) operation:
      sending @escaping @isolated(any) () async -> Success
  ) -> Task<Success, Never> {
    Task._Concurrency::immediate(
      name: name, priority: priority,
      executorPreference: executorPreference ?? run(for: operation),
      operation: operation)
  }

  /// Starts a task at once that inherits nothing. See `Task.immediateDetached` in the
  /// standard library.
  @discardableResult
  public static func immediateDetached(
    name: String? = nil, priority: TaskPriority? = nil,
    executorPreference: consuming (any TaskExecutor)? = nil,
    @_implicitSelfCapture @_inheritActorContext(always) operation:
      sending @escaping @isolated(any) () async -> Success
  ) -> Task<Success, Never> {
    Task._Concurrency::immediateDetached(
      name: name, priority: priority,
      executorPreference: executorPreference ?? run(for: operation),
      operation: operation)
  }
}

extension Task where Failure == any Error {
  /// Starts a task that may throw. See `Task.init(name:priority:operation:)` in the standard library.
  @discardableResult
  public init(
    name: String? = nil, priority: TaskPriority? = nil,
    @_inheritActorContext @_implicitSelfCapture operation:
      sending @escaping @isolated(any) ()
      async throws -> Success
  ) {
    if let run = run(for: operation) {
      self.init(name: name, executorPreference: run, priority: priority, operation: operation)
    } else {
      self._Concurrency::init(name: name, priority: priority, operation: operation)
    }
  }

  /// Starts a task that inherits nothing and may throw. See `Task.detached` in the standard library.
  @discardableResult
  public static func detached(
    name: String? = nil, priority: TaskPriority? = nil,
    operation: sending @escaping @isolated(any) () async throws -> Success
  ) -> Task<Success, any Error> {
    if let run = run(for: operation) {
      return .detached(
        name: name, executorPreference: run, priority: priority, operation: operation)
    }
    return Task._Concurrency::detached(name: name, priority: priority, operation: operation)
  }

  /// Starts a task at once, on the caller's thread and may throw. See `Task.immediate` in the standard library.
  @discardableResult
  public static func immediate(
    name: String? = nil, priority: TaskPriority? = nil,
    executorPreference: consuming (any TaskExecutor)? = nil,
    @_implicitSelfCapture @_inheritActorContext(always) operation:
      sending @escaping @isolated(any) () async throws -> Success
  ) -> Task<Success, any Error> {
    Task._Concurrency::immediate(
      name: name, priority: priority,
      executorPreference: executorPreference ?? run(for: operation),
      operation: operation)
  }

  /// Starts a task at once that inherits nothing and may throw. See `Task.immediateDetached` in the
  /// standard library.
  @discardableResult
  public static func immediateDetached(
    name: String? = nil, priority: TaskPriority? = nil,
    executorPreference: consuming (any TaskExecutor)? = nil,
    @_implicitSelfCapture @_inheritActorContext(always) operation:
      sending @escaping @isolated(any) () async throws -> Success
  ) -> Task<Success, any Error> {
    Task._Concurrency::immediateDetached(
      name: name, priority: priority,
      executorPreference: executorPreference ?? run(for: operation),
      operation: operation)
  }
}

/// What a task is to prefer that does this.
private func run<Success>(
  for operation: @escaping @isolated(any) () async throws -> Success
) -> (any TaskExecutor)? {
  Observation.executor(for: operation.isolation)
}
