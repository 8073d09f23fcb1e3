import Foundation

/// A program that runs under the supervisor, looked at without ever waiting for it.
final class Child {
  /// How much of its output is kept, and how much it may write before it is ended.
  static let outputLimit = 1_000_000

  private let supervisor: pid_t
  private var lifeline: Int32
  private var report: Stream
  private var streams: [Stream]
  /// How it ended; nil while it runs.
  private(set) var ending: Ending?

  /// A pipe that we read from.
  private struct Stream {
    var file: Int32
    var data = Data()
    var count = 0
    var isOpen = true
  }

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - program: Its name and its arguments.
  ///   - folder: Where it runs.
  ///   - variables: What to add to the environment.
  ///   - limit: How many seconds it may take; 0 for ever.
  ///   - lock: A file that is kept open until all of it has ended.
  init(
    _ program: [String], in folder: String, variables: [String: String] = [:], limit: Double = 0,
    holding lock: Int32? = nil
  ) throws(SystemError) {
    let lifeline = try PipeEnds()
    let report = try PipeEnds()
    let output = try PipeEnds()
    let errors = try PipeEnds()
    let nothing = try PipeEnds.high(open("/dev/null", O_RDWR))
    let environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    let started = Platform.spawn(
      [Platform.ownExecutable, Supervisor.command, folder, "\(limit)"] + program,
      environment: environment.map { "\($0.key)=\($0.value)" },
      files: [
        nothing, output.input, errors.input, lifeline.output, report.input, lock ?? nothing,
      ])
    for file in [nothing, output.input, errors.input, lifeline.output, report.input] { close(file) }
    self.lifeline = lifeline.input
    self.report = Stream(file: report.output)
    streams = [Stream(file: output.output), Stream(file: errors.output)]
    switch started {
    case .success(let process): supervisor = process
    case .failure(let error):
      supervisor = 0
      end()
      throw error
    }
  }

  deinit { end() }

  /// What to wait for: one of these is readable when there is news.
  var files: [Int32] { (streams + [report]).filter(\.isOpen).map(\.file) }

  /// What it has written to standard output.
  var output: String { String(decoding: streams[0].data, as: UTF8.self) }

  /// What it has written to standard error.
  var errors: String { String(decoding: streams[1].data, as: UTF8.self) }

  /// True if it has written more than it may.
  var isTooLoud: Bool { streams.contains { $0.count > Self.outputLimit } }

  /// Takes what news there is.
  func look() {
    for index in streams.indices { read(&streams[index]) }
    read(&report)
    guard ending == nil, files.isEmpty else { return }
    var status: Int32 = 0
    while waitpid(supervisor, &status, 0) < 0, errno == EINTR {}
    ending = Ending(line: String(decoding: report.data, as: UTF8.self)) ?? .ended
    close(lifeline)
    lifeline = -1
  }

  /// Ends it and all that it has started. Returns when that is done.
  func end() {
    guard lifeline >= 0 else { return }
    close(lifeline)
    lifeline = -1
    if supervisor > 0 {
      var status: Int32 = 0
      while waitpid(supervisor, &status, 0) < 0, errno == EINTR {}
    }
    for file in files { close(file) }
    for index in streams.indices { streams[index].isOpen = false }
    report.isOpen = false
    ending = ending ?? .ended
  }

  private func read(_ stream: inout Stream) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while stream.isOpen {
      let count = Foundation.read(stream.file, &buffer, buffer.count)
      if count > 0 {
        stream.count += count
        let room = Self.outputLimit - stream.data.count
        stream.data.append(contentsOf: buffer.prefix(min(count, room)))
        // Whoever writes faster than we read must not keep us here.
        if stream.count > 2 * Self.outputLimit { return }
      } else if count == 0 {
        close(stream.file)
        stream.isOpen = false
      } else if errno != EINTR {
        return
      }
    }
  }
}

/// Both ends of a pipe, which nobody inherits unless they are given it.
private struct PipeEnds {
  let output: Int32
  let input: Int32

  init() throws(SystemError) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw .current }
    output = try Self.high(ends[0])
    input = try Self.high(ends[1])
    _ = fcntl(output, F_SETFL, O_NONBLOCK)
  }

  /// Renumbers a file above the numbers that a child's files get, so that none of them is in
  /// another's way.
  static func high(_ file: Int32) throws(SystemError) -> Int32 {
    guard file >= 0 else { throw .current }
    let number = fcntl(file, F_DUPFD_CLOEXEC, 20)
    let error = SystemError.current
    close(file)
    guard number >= 0 else { throw error }
    return number
  }
}
