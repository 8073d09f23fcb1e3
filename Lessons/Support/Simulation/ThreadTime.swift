import Foundation

/// How much a thread has worked, as opposed to how long it has been there.
struct ThreadTime: Sendable {
  #if os(Linux)
    private let clock: clockid_t

    /// The current thread's; nil if the system does not tell.
    static func ofCurrentThread() -> ThreadTime? {
      var clock = clockid_t()
      guard pthread_getcpuclockid(pthread_self(), &clock) == 0 else { return nil }
      return ThreadTime(clock: clock)
    }

    /// The processor time that the thread has used so far; nil if it has ended.
    var used: Duration? {
      var time = timespec()
      guard clock_gettime(clock, &time) == 0 else { return nil }
      return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
  #else
    /// Only Linux tells by public API.
    static func ofCurrentThread() -> ThreadTime? { nil }

    /// Not known.
    var used: Duration? { nil }
  #endif
}
