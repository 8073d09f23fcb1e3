import Synchronization

/// What is left of a scene for the files that draw it.
struct SceneRecord: Sendable {
  var title: String
  /// Everything that its spans and marks recorded.
  var recorded: Timeline
  /// The timelines as they were drawn.
  var figures: [Narrator.Figure]
}

/// One run through the scenes of a lesson.
///
/// It outlives a run that is given up in the middle: what ended before that is still there to draw.
final class Performance: Sendable {
  private struct State {
    var records: [SceneRecord] = []
    var hasFailed = false
    /// The scene that is being told.
    var current: (title: String, narrator: Narrator)?
  }

  private let lesson: Lesson
  private let options: LessonOptions
  private let page: Page
  private let report: @Sendable (String) -> Void
  private let state = Mutex(State())

  init(
    of lesson: Lesson, _ options: LessonOptions, on page: Page,
    report: @escaping @Sendable (String) -> Void
  ) {
    self.lesson = lesson
    self.options = options
    self.page = page
    self.report = report
  }

  /// The scenes that have ended, and whether one of them threw.
  var result: (records: [SceneRecord], hasFailed: Bool) {
    state.withLock { ($0.records, $0.hasFailed) }
  }

  func run() async {
    page.line(lesson.heading, .strong)
    page.line()
    for (index, scene) in lesson.scenes.enumerated()
    where options.scenes.isEmpty || options.scenes.contains(index + 1) {
      await run(scene, number: index + 1)
      page.line()
    }
    if let next = lesson.next { page.line("  Next: \(next)") }
  }

  /// Ends a scene that will not end by itself, so that what it did can be seen.
  func giveUp() { end(isGivenUp: true) }

  private func run(_ scene: Scene, number: Int) async {
    page.line("  \(number) · \(scene.title)", .strong)
    if let note = scene.note {
      for line in page.clean(note).wrapped(to: page.proseWidth - 4) {
        page.line("    " + line, .faint)
      }
    }
    let narrator = Narrator(
      to: page, isVirtual: options.isSimulated, seed: options.seed, stamps: scene.stamps,
      extras: options.extras)
    state.withLock { $0.current = ("\(number) · \(scene.title)", narrator) }
    var failure: (any Error)?
    do {
      try await scene.body(narrator)
    } catch {
      failure = error
    }
    end(isGivenUp: false)
    if let failure {
      report("scene \(number), '\(scene.title)', failed: \(failure)")
      state.withLock { $0.hasFailed = true }
    }
  }

  /// Draws what the current scene has recorded, and keeps it for the files.
  private func end(isGivenUp: Bool) {
    state.withLock { state in
      guard let (title, narrator) = state.current else { return }
      state.current = nil
      let (recorded, figures) = narrator.finish(isGivenUp: isGivenUp)
      state.records.append(SceneRecord(title: title, recorded: recorded, figures: figures))
    }
  }
}
