import Foundation

extension Session {
  /// `watch`: checks whenever something is saved, until it is told to quit.
  func watch() throws(Arguments.Fault) -> ExitCode {
    notices.areShown = Terminal.isInteractive
    let exercise = try exercise()
    guard Terminal.isInteractive else {
      Output.report("there is no terminal to watch in, so it is checked once.")
      return try check()
    }
    return Watch(self, exercise).run()
  }
}

/// Watches: one loop that waits for keys, saves, signals and the check that goes on.
final class Watch {
  let session: Session
  private(set) var exercise: Exercise
  private(set) var job: CheckJob?
  private(set) var judgement: Judgement?
  /// What is looked at instead of the verdict: a hint, a list, a timeline.
  private(set) var sheet: [String]?
  /// A line that answers the last key.
  private(set) var remark: [String] = []
  /// Which part is shown of what is too long for the terminal.
  private(set) var page = 0
  /// The key that has to be pressed a second time.
  private(set) var question: Character?
  /// What has been typed of the number of an exercise.
  private var digits = ""
  private var saves: Saves
  private var exitCode: ExitCode?
  private lazy var screen = Screen(isPlain: session.arguments.flags.contains("--plain"))

  init(_ session: Session, _ exercise: Exercise) {
    self.session = session
    self.exercise = exercise
    saves = Saves(session.project)
  }

  /// Runs until `q` or a signal; returns the exit code.
  func run() -> ExitCode {
    let signals = Terminal.signals([SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP])
    defer {
      Terminal.restore()
      job?.cancel()
    }
    if !Terminal.isDumb { Terminal.listenToKeys() }
    check()
    var lastLook = ContinuousClock.now
    while exitCode == nil {
      let news = Wait.news(
        from: job?.files ?? [], signals: signals, keys: STDIN_FILENO, milliseconds: 50)
      if let number = news.signal { obey(signal: number) }
      if news.hasKey { readKeys() }
      if lastLook.duration(to: .now) >= .milliseconds(45) {
        lastLook = .now
        lookForSaves()
      }
      lookAtJob()
    }
    screen.leave()
    return exitCode ?? .passed
  }

  // MARK: - What happens

  private func check() {
    job?.cancel()
    job = CheckJob(exercise, in: session.project, seconds: session.arguments.seconds)
    judgement = nil
    (sheet, remark, question, page) = (nil, [], nil, 0)
    draw()
  }

  private func lookForSaves() {
    let changed = saves.changed()
    guard let other = changed.first(where: { $0.number == exercise.number }) ?? changed.first else {
      return
    }
    // Whoever saves another exercise has gone on to it.
    exercise = other
    check()
  }

  private func lookAtJob() {
    guard let job else { return }
    job.advance()
    guard let judgement = job.judgement else { return screen.show(life: job, of: self) }
    self.job = nil
    self.judgement = judgement
    session.note(judgement)
    draw()
  }

  private func obey(signal number: Int32) {
    switch number {
    case SIGWINCH: draw()
    case SIGTSTP:
      Terminal.restore()
      kill(getpid(), SIGSTOP)
      // Here we are again.
      if !Terminal.isDumb { Terminal.listenToKeys() }
      draw()
    case SIGINT: exitCode = .interrupted
    default:
      Terminal.restore()
      job?.cancel()
      exit(128 + number)
    }
  }

  func draw() { screen.show(self) }

  // MARK: - Keys

  private func readKeys() {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(STDIN_FILENO, &bytes, bytes.count)
    // The end of the input: nobody is there any more.
    guard count > 0 else {
      if count == 0 || errno != EINTR { exitCode = .passed }
      return
    }
    // An arrow, or another key that is more than one character, is none of ours.
    if bytes[0] == 0x1B { return }
    for character in String(decoding: bytes.prefix(count), as: UTF8.self) where exitCode == nil {
      press(character)
    }
  }

  private func press(_ key: Character) {
    let asked = question
    question = nil
    remark = []
    if let digit = key.wholeNumberValue, key.isASCII { return type(digit) }
    digits = ""
    switch key.lowercased() {
    case "q": exitCode = .passed
    case "h": show(session.hint(exercise))
    case "n": go(to: next)
    case "p": go(to: previous)
    case "l":
      show(session.listing(session.progressFile.load()) + ["", "  Type a number to go there."])
    case "r": check()
    case "t": show(judgement.map(session.timeline) ?? ["  Nothing has been checked yet."])
    case "s": solution()
    case "x": reset(isSure: asked == "x")
    case "d": diff()
    case " ":
      page += 1
      draw()
    case "\r", "\n":
      guard !Terminal.isDumb else { return }
      page = 0
      sheet = nil
      draw()
    default:
      remark = ["  There is no key \(String(key).withoutControls)."]
      draw()
    }
  }

  private func show(_ lines: [String]) {
    (sheet, page) = (lines, 0)
    draw()
  }

  private func type(_ digit: Int) {
    digits += "\(digit)"
    guard digits.count == 2 else {
      remark = ["  Exercise \(digits)…"]
      return draw()
    }
    let wanted = session.project.exercises.first { $0.number == digits }
    if wanted == nil { remark = ["  There is no exercise \(digits)."] }
    digits = ""
    go(to: wanted)
  }

  private var next: Exercise? {
    let all = session.project.exercises
    // After a pass, on to what is not done yet; before, just on.
    if judgement?.verdict == .passed,
      let next = session.progressFile.load().next(after: exercise, of: all)
    {
      return next
    }
    return all.first { $0.number > exercise.number }
  }

  private var previous: Exercise? {
    session.project.exercises.last { $0.number < exercise.number }
  }

  private func go(to other: Exercise?) {
    guard let other else {
      if remark.isEmpty { remark = ["  There is none further on."] }
      return draw()
    }
    exercise = other
    session.progressFile.update { $0.current = other.number }
    check()
  }

  private func solution() {
    if let ask = session.question(before: "solution", of: exercise, key: "s") {
      remark = ask
      return draw()
    }
    show(session.solution(of: exercise))
  }

  private func diff() {
    if let ask = session.question(before: "diff", of: exercise, key: "d") {
      remark = ask
      return draw()
    }
    show(session.difference(of: exercise))
  }

  private func reset(isSure: Bool) {
    guard isSure else {
      question = "x"
      remark = session.paper.wrapped(
        "Press x again to bring \(exercise.path) back as it was in the beginning. Your work is kept."
      )
      return draw()
    }
    do throws(SystemError) {
      let lines = try session.reset(exercise)
      // Our own writing is not a learner's saving.
      _ = saves.changed()
      check()
      remark = lines
    } catch {
      remark = ["  It stays as it is: \(error)."]
    }
    draw()
  }
}
