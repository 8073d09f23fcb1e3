import Foundation

/// How much a thread has worked, as opposed to how long it has been there, and what it is doing.
struct ThreadTime: Sendable {
  #if os(Linux)
    private let clock: clockid_t
    /// "1234/task/1240", below /proc.
    private let folder: String

    /// The current thread's; nil if the system does not tell.
    static func ofCurrentThread() -> ThreadTime? {
      var clock = clockid_t()
      guard pthread_getcpuclockid(pthread_self(), &clock) == 0 else { return nil }
      let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
      return ThreadTime(clock: clock, folder: link ?? "")
    }

    /// The processor time that the thread has used so far; nil if it has ended.
    var used: Duration? {
      var time = timespec()
      guard clock_gettime(clock, &time) == 0 else { return nil }
      return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// True if the thread comes back by itself: it could work, and has only not been given a
    /// processor, or waits for a disk or for memory.
    var comesBack: Bool {
      guard let status = try? String(contentsOfFile: "/proc/\(folder)/stat", encoding: .utf8),
        // "7 (simulation) R …": the state follows the name, which may have anything in it.
        let name = status.lastIndex(of: ")")
      else { return false }
      return ["R", "D"].contains(status[name...].dropFirst(2).first)
    }
  #else
    /// Only Linux tells by public API.
    static func ofCurrentThread() -> ThreadTime? { nil }

    /// Not known.
    var used: Duration? { nil }

    /// Not known.
    var comesBack: Bool { false }
  #endif
}
