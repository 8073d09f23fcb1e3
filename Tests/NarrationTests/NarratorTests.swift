import Narration
import Synchronization
import Testing

@Suite("A narrator")
struct NarratorTests {
  let transcript = Transcript()
  let clock = HandClock()

  func narrator(width: Int = 80, isPlain: Bool = false, stamps: TimeUnit = .seconds) -> Narrator {
    Narrator(
      to: transcript.page(width: width, isPlain: isPlain), stamps: stamps,
      elapsed: { [clock] in clock.now })
  }

  @Test("wraps prose, and stamps lines")
  func words() {
    let narrator = narrator(width: 40)
    narrator.say("Three tasks, and all of their waits add up.")
    narrator.tell("task 1 goes first, as the one that was asked first")
    clock.advance(12.345)
    narrator.tell("done")
    #expect(
      transcript.text == """
            Three tasks, and all of their waits
            add up.
            0.00  task 1 goes first, as the one
                  that was asked first
           12.35  done
        """)
  }

  @Test("tells how spans start and end")
  func spans() async throws {
    let narrator = narrator()
    await narrator.span("task 1") { clock.advance(2) }
    try? await narrator.span("task 2", "eggs") {
      clock.advance(0.5)
      throw OutOfEggs()
    }
    try? await narrator.span("task 3") { throw CancellationError() }
    await narrator.span("task 4", "the lock", kind: .waiting) { clock.advance(1) }
    await narrator.span("task 5", announces: false) {}
    narrator.mark("task 4", "has the lock")
    #expect(
      transcript.text == """
            0.00  task 1 starts
            2.00  task 1 is done
            2.00  task 2: eggs starts
            2.50  task 2: eggs fails: OutOfEggs()
            2.50  task 3 starts
            2.50  task 3 is cancelled
            2.50  task 4 waits for the lock
            3.50  task 4 goes on
            3.50  task 4: has the lock
        """)
  }

  @Test("hands on what a span's body returns, or throws")
  func results() async throws {
    let narrator = narrator()
    #expect(await narrator.span("task 1") { 42 } == 42)
    await #expect(throws: OutOfEggs.self) {
      try await narrator.span("task 1") { throw OutOfEggs() }
    }
  }

  @Test("runs a span's body where its caller is")
  func isolation() async {
    actor Kitchen {
      var eggs = 2
      func cook(_ narrator: Narrator) async -> Int {
        await narrator.span("cook", announces: false) {
          eggs -= 1
          return eggs
        }
      }
    }
    #expect(await Kitchen().cook(narrator()) == 1)
  }

  @Test("draws each span once, and those that go on again")
  func drawing() async {
    let narrator = narrator()
    narrator.lanes("task 2", "task 1")
    await narrator.span("task 1", announces: false) {
      clock.advance(1)
      await narrator.span("task 2", announces: false) { clock.advance(1) }
      narrator.draw(caption: "Half of it")
      clock.advance(2)
    }
    await narrator.span("task 3", announces: false) {}
    narrator.draw()
    narrator.draw()
    narrator.tell("done")
    #expect(
      transcript.text == """

            Half of it
            task 2                     ████████████████████  1.00–2.00
            task 1 ███████████████████████████████████████▶  0.00–
                   0.0       0.5       1.0       1.5      2.0 s
            ▶ goes on

            task 1 ████████████████████████████████████████  0.00–4.00
            task 3                                        █  4.00–4.00
                   0         1         2         3        4 s

            4.00  done
        """)
  }

  @Test("knows which spans are inside others, and keeps lanes apart")
  func nesting() async {
    let narrator = narrator()
    await narrator.span("cook", announces: false) {
      clock.advance(1)
      await narrator.span("cook", "fry", announces: false) { clock.advance(1) }
      await narrator.span("guest", announces: false) { clock.advance(1) }
      clock.advance(1)
    }
    narrator.draw()
    #expect(
      transcript.text == """

            cook  ████████████████████████████████████████  0.00–4.00
              fry           ██████████                      1.00–2.00
            guest                     ██████████            2.00–3.00
                  0         1         2         3        4 s
        """)
  }

  @Test("gives a span inside another a row of its own, even if it takes no time")
  func instantNesting() async {
    let narrator = narrator()
    await narrator.span("cook", announces: false) {
      await narrator.span("cook", "salt", announces: false) {}
      clock.advance(2)
    }
    narrator.draw()
    #expect(
      transcript.text == """

            cook   ████████████████████████████████████████  0.00–2.00
              salt █                                         0.00–0.00
                   0.0       0.5       1.0       1.5      2.0 s
        """)
  }

  @Test("draws timelines from elsewhere, and nothing for an empty one")
  func foreign() {
    let narrator = narrator(isPlain: true)
    narrator.draw(Timeline(), caption: "Nothing")
    narrator.draw(
      Timeline([span("ann", nil, 0, 2)], measure: .steps), caption: "Under seed 17 – a schedule")
    #expect(
      transcript.text == """

            Under seed 17 - a schedule
            ann ################################
                0               1              2 steps
        """)
  }

  @Test("lays out tables, and sets them off")
  func table() {
    let narrator = narrator()
    narrator.table(header: ["what", "seconds"], rows: [["one by one", "4.50"]])
    narrator.say("Less than half.")
    #expect(
      transcript.text == """

            what        seconds
            ──────────  ───────
            one by one     4.50

            Less than half.
        """)
  }

  @Test("names the unit of its stamps where it is not the second")
  func stamps() {
    let narrator = narrator(isPlain: true, stamps: .microseconds)
    clock.advance(0.000_25)
    narrator.tell("a hop")
    #expect(transcript.text == "  250.00 us  a hop")
  }

  @Test("keeps lines in the order of their stamps, whoever speaks")
  func order() async {
    let ticks = Mutex(0)
    let clock: @Sendable () -> Duration = {
      .seconds(
        ticks.withLock {
          $0 += 1; return $0
        })
    }
    let narrator = Narrator(to: transcript.page(), elapsed: clock)
    await withTaskGroup { group in
      for number in 1...50 {
        group.addTask { await narrator.span("task \(number)") { await Task.yield() } }
      }
    }
    let stamps = transcript.text.split(separator: "\n").compactMap {
      $0.split(separator: " ").first.flatMap { Double($0) }
    }
    #expect(stamps.count == 100)
    #expect(stamps == stamps.sorted())
  }

  @Test("says nothing but ASCII on a plain page")
  func plain() async {
    let narrator = narrator(isPlain: true)
    narrator.say("“Wait…” → 客人 \u{1B}[31m")
    try? await narrator.span("café ☕") { throw CancellationError() }
    narrator.table(header: ["é"], rows: [["½"]])
    narrator.draw(nasty, caption: "— nasty —")
    #expect(transcript.text.utf8.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) })
    #expect(transcript.text.contains("\"Wait...\" -> ??"))
  }
}
