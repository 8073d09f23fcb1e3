// A `Mutex` that the thread sanitizer understands. It does not see that Synchronization's orders
// memory on Linux, and reports races that there are not. `.ci/thread-sanitizer` adds this file to
// each module of a copy of the project, where it stands in front of Synchronization's.

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A value and the lock that guards it. Only `withLock` gets at the value, and it holds the lock:
/// that makes it sendable.
@usableFromInline struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  @usableFromInline init(_ initial: consuming sending Value) {
    pthread_mutex_init(lock, nil)
    value.initialize(to: initial)
  }

  deinit {
    value.deinitialize(count: 1)
    value.deallocate()
    pthread_mutex_destroy(lock)
    lock.deallocate()
  }

  @usableFromInline borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return try body(&value.pointee)
  }

  @usableFromInline borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result? {
    guard pthread_mutex_trylock(lock) == 0 else { return nil }
    defer { pthread_mutex_unlock(lock) }
    return try body(&value.pointee)
  }
}
