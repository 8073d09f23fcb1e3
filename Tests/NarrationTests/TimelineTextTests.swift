import Testing

@testable import Narration

@Suite("A timeline as text")
struct TimelineTextTests {
  @Test("has nothing to say of nothing")
  func empty() {
    #expect(Timeline().text() == "")
    #expect(Timeline(lanes: ["idle"]).text() == "")
  }

  @Test("draws one lane")
  func oneLane() {
    expect(
      Timeline([span("task 1", nil, 0, 2)]),
      """
          task 1 ████████████████████████████████████████  0.00–2.00
                 0.0       0.5       1.0       1.5      2.0 s
      """)
  }

  @Test("shows what overlaps what")
  func threeLanes() {
    expect(
      Timeline([
        span("task 1", nil, 0, 2), span("task 2", nil, 0, 1), span("task 3", nil, 0, 1.5),
      ]),
      """
          task 1 ████████████████████████████████████████  0.00–2.00
          task 2 ████████████████████                      0.00–1.00
          task 3 ██████████████████████████████            0.00–1.50
                 0.0       0.5       1.0       1.5      2.0 s
      """)
  }

  @Test("has the same ticks for measured times as for simulated ones")
  func measuredTimes() {
    expect(
      Timeline([
        span("task 1", nil, 0.000_12, 2.003_1), span("task 2", nil, 0.000_2, 1.001_5),
      ]),
      """
          task 1 ████████████████████████████████████████  0.00–2.00
          task 2 ████████████████████                      0.00–1.00
                 0.0       0.5       1.0       1.5      2.0 s
      """)
  }

  @Test("chooses its unit by its range")
  func units() {
    expect(
      Timeline([Timeline.Span("hop", from: .microseconds(20), to: .microseconds(80))]),
      """
          hop                █████████████████████████████████████████████  20.0–80.0
              0              20             40             60            80 µs
      """)
    expect(
      Timeline([Timeline.Span("hop", from: .zero, to: .nanoseconds(400))]),
      """
          hop ████████████████████████████████████████████████████████████  0–400
              0              100            200            300           400 ns
      """)
    expect(
      Timeline([Timeline.Span("call", from: .milliseconds(1), to: .milliseconds(4))]),
      """
          call                █████████████████████████████████████████████  1.00–4.00
               0              1              2              3             4 ms
      """)
    expect(
      Timeline([span("bake", nil, 60, 240), span("cool", nil, 240, 300)]),
      """
          bake             ████████████████████████████████████              1:00–4:00
          cool                                                 ████████████  4:00–5:00
               0:00        1:00        2:00        3:00        4:00       5:00 min
      """)
    expect(
      Timeline([span("sleep", nil, 0, 8 * 3600)]),
      """
          sleep ████████████████████████████████████████  0:00–8:00
                0:00      2:00      4:00      6:00     8:00 h
      """)
  }

  @Test("counts the steps of a schedule")
  func steps() {
    expect(
      Timeline(
        [
          span("ann", "read 0", 0, 2), span("bob", "read 0", 1, 3), span("ann", "write 1", 2, 4),
        ], measure: .steps),
      """
          ann █ read 0 ██████████████████████▊█ write 1 ██████████████████████
          bob                 █ read 0 ███████████████████████
              0               1               2               3              4 steps
      """)
  }

  @Test("draws nested spans below the one that they are in")
  func nested() {
    expect(
      Timeline([
        span("cook", nil, 0, 4), span("cook", "boil", 0, 1, depth: 1),
        span("cook", "fry", 2, 3, depth: 1), span("cook", "salt", 2.5, 2.5, depth: 2),
        span("guest", nil, 0, 4),
      ]),
      """
          cook   ████████████████████████████████████████  0.00–4.00
                 █ boil ███          █ fry ████            0.00–3.00 ×2
            salt                          █                2.50–2.50
          guest  ████████████████████████████████████████  0.00–4.00
                 0         1         2         3        4 s
      """)
  }

  @Test("tells outcomes apart by characters")
  func outcomes() {
    let timeline = Timeline([
      span("returns", nil, 0, 1), span("fails", nil, 0, 2, outcome: .failed("no eggs")),
      span("cancelled", nil, 0, 3, outcome: .cancelled), span("goes on", nil, 0, nil),
      span("waits", nil, 0, 4, kind: .waiting),
    ])
    expect(
      timeline,
      """
          returns   ██████████                                0.00–1.00
          fails     ███████████████████✗                      0.00–2.00
          cancelled █████████████████████████████⊘            0.00–3.00
          goes on   ███████████████████████████████████████▶  0.00–
          waits     ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0.00–4.00
                    0         1         2         3        4 s
          ░ waits   ✗ failed   ⊘ cancelled   ▶ goes on
      """)
    expect(
      timeline, plain: true,
      """
          returns   ##########                                0.00-1.00
          fails     ###################!                      0.00-2.00
          cancelled #############################x            0.00-3.00
          goes on   #######################################>  0.00-
          waits     ........................................  0.00-4.00
                    0         1         2         3        4 s
          . waits   ! failed   x cancelled   > goes on
      """)
  }

  @Test("shows waiting within a span, and marks")
  func waiting() {
    expect(
      Timeline(
        [
          span("task", "update", 0, 4), span("task", "the lock", 1, 3, kind: .waiting, depth: 1),
        ], marks: [Timeline.Mark("task", "has the lock", at: .seconds(3))]),
      """
          task █ update ██████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░◆██████████████  0.00–4.00
               0              1              2              3             4 s
          ░ waits   ◆ 3.00 has the lock
      """)
  }

  @Test("shows waiting within a span that a trace lists later")
  func traced() {
    expect(
      Timeline([
        span("task", "the lock", 0, 2, kind: .waiting), span("task", nil, 0, 4),
      ]),
      """
          task ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░██████████████████████████████  0.00–4.00
               0              1              2              3             4 s
          ░ waits
      """)
  }

  @Test("shows who waits around what it does, and not the moments in between")
  func shift() {
    expect(
      Timeline([
        span("baker", nil, 0, 4, kind: .waiting), span("baker", nil, 0, 1, depth: 1),
        span("baker", nil, 1.001, 2, depth: 1),
        span("van", nil, 0, 3.001, kind: .waiting), span("van", nil, 1, 3, depth: 1),
        span("waits", nil, 0, 4, kind: .waiting, outcome: .cancelled),
        span("waits", nil, 1, 2, depth: 1),
      ]),
      """
          baker █████████▊██████████░░░░░░░░░░░░░░░░░░░░  0.00–4.00 ×3
          van   ░░░░░░░░░░████████████████████            0.00–3.00 ×2
          waits ░░░░░░░░░░██████████░░░░░░░░░░░░░░░░░░░⊘  0.00–4.00 ×3
                0         1         2         3        4 s
          ░ waits   ⊘ cancelled
      """)
  }

  @Test("writes no label of which too little would be left")
  func shortBars() {
    expect(
      Timeline([span("worker", "download 1", 0, 0.4), span("worker", "download 2", 0.5, 2)]),
      """
          worker ████████  █ download 2 █████████████████  0.00–2.00 ×2
                 0.0       0.5       1.0       1.5      2.0 s
      """)
  }

  @Test("keeps spans apart that touch, and shows those that take no time")
  func touching() {
    expect(
      Timeline([
        span("worker", nil, 0, 1), span("worker", nil, 1, 2), span("blink", nil, 2, 2),
        span("worker", nil, 2, 2),
      ]),
      """
          worker ███████████████████▊██████████████████▊█  0.00–2.00 ×3
          blink                                         █  2.00–2.00
                 0.0       0.5       1.0       1.5      2.0 s
      """)
  }

  @Test("never paints over an outcome")
  func outcomesStay() {
    expect(
      Timeline([
        span("caller", nil, 0, 0.01, outcome: .failed("busy")), span("caller", nil, 0.01, 2),
      ]),
      """
          caller ✗███████████████████████████████████████  0.00–2.00 ×2
                 0.0       0.5       1.0       1.5      2.0 s
          ✗ failed
      """)
  }

  @Test("leaves out times where there is no room for them")
  func narrow() {
    let timeline = Timeline([
      span("a name that is long", nil, 0, 590), span("a name that is long", nil, 598, 600),
    ])
    let drawn = timeline.text(width: 40)
    let expected = """
          a name t… ████████████████████████▊█
                    0:00             10:00 min
      """
    #expect(drawn == expected, "\n\(drawn)\n")
  }

  @Test("begins where things begin, if that is late")
  func lateStart() {
    expect(
      Timeline([span("task 1", nil, 10, 12)]),
      """
          task 1 ████████████████████████████████████████  10.00–12.00
                 10.0      10.5      11.0      11.5     12.0 s
      """)
  }

  @Test("counts wide characters as two columns")
  func wideNames() {
    expect(
      Timeline([span("客人", nil, 0, 2), span("🍳 egg", nil, 0, 2)]),
      """
          客人   ████████████████████████████████████████  0.00–2.00
          🍳 egg ████████████████████████████████████████  0.00–2.00
                 0.0       0.5       1.0       1.5      2.0 s
      """)
  }

  private func expect(
    _ timeline: Timeline, plain: Bool = false, _ text: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let drawn = timeline.text(plain: plain)
    #expect(drawn == text, "\n\(drawn)\n", sourceLocation: sourceLocation)
  }
}
