import Testing

@testable import Narration

@Suite("A lesson's options")
struct LessonOptionsTests {
  @Test("are none by default")
  func defaults() throws {
    let options = try LessonOptions.parse([], sceneCount: 3)
    #expect(options == LessonOptions())
    #expect(!options.isSimulated)
  }

  @Test("are read in either form")
  func all() throws {
    var expected = LessonOptions()
    expected.isVirtual = true
    expected.seed = 17
    expected.speed = 2.5
    expected.svg = "a.svg"
    expected.trace = "-odd=name.json"
    expected.isPlain = true
    expected.scenes = [1, 3]
    let apart =
      "--virtual --seed 17 --speed 2.5 --svg a.svg --trace -odd=name.json --plain --scene 3 --scene 1"
    let joined =
      "-- --virtual --seed=17 --speed=2.5 --svg=a.svg --trace=-odd=name.json --plain --scene=1 --scene=3"
    for line in [apart, joined] {
      let words = line.split(separator: " ").map(String.init)
      #expect(try LessonOptions.parse(words, sceneCount: 3) == expected)
    }
  }

  @Test("ask for the list or for help")
  func requests() throws {
    #expect(try LessonOptions.parse(["--list"], sceneCount: 1).request == .list)
    #expect(try LessonOptions.parse(["--help"], sceneCount: 1).request == .help)
    #expect(try LessonOptions.parse(["-h"], sceneCount: 1).request == .help)
  }

  @Test("simulate when they pace")
  func paced() throws {
    #expect(try LessonOptions.parse(["--speed", "10"], sceneCount: 1).isSimulated)
  }

  @Test(
    "say in one line what is wrong",
    arguments: [
      ("--foo", "unknown option '--foo'. Try --help."),
      ("--virtaul", "unknown option '--virtaul'. Did you mean '--virtual'?"),
      ("--tarce=a", "unknown option '--tarce'. Did you mean '--trace'?"),
      ("--virt", "unknown option '--virt'. Did you mean '--virtual'?"),
      ("-x", "unknown option '-x'. Try --help."),
      ("5", "unexpected argument '5'. Try --help."),
      ("--virtual=yes", "option '--virtual' takes no value."),
      ("--svg", "option '--svg' needs a file."),
      ("--svg=", "option '--svg' needs a file."),
      ("--svg --plain", "option '--svg' needs a file."),
      ("--svg a --trace a", "'--svg' and '--trace' name the same file."),
      ("--seed", "option '--seed' needs a number."),
      (
        "--seed -1",
        "option '--seed' takes a whole number from 0 to 18446744073709551615, not '-1'."
      ),
      ("--scene 0", "option '--scene' takes a scene from 1 to 3, not '0'."),
      ("--scene 4", "option '--scene' takes a scene from 1 to 3, not '4'."),
      ("--scene two", "option '--scene' takes a scene from 1 to 3, not 'two'."),
    ])
  func wrong(_ line: String, _ message: String) {
    let words = line.split(separator: " ").map(String.init)
    #expect(throws: UsageError(description: message)) {
      try LessonOptions.parse(words, sceneCount: 3)
    }
  }

  @Test(
    "take no speed that time could not have",
    arguments: ["0", "-1", "nan", "inf", "1e300", "1e-9", "fast", "1,5"])
  func speeds(_ speed: String) {
    let message = "option '--speed' takes a number from 0.001 to 1000000, not '\(speed)'."
    #expect(throws: UsageError(description: message)) {
      try LessonOptions.parse(["--speed", speed], sceneCount: 3)
    }
  }

  static let own = [LessonOption("--redis", "URL", "use this Redis")]

  @Test("may be a lesson's own")
  func extras() throws {
    let options = try LessonOptions.parse(
      ["--redis", "redis://here", "--plain"], sceneCount: 1, extras: Self.own)
    #expect(options.extras == ["--redis": "redis://here"] && options.isPlain)
  }

  @Test(
    "of a lesson's own are checked like all others",
    arguments: [
      ("--redis", "option '--redis' needs a value: URL."),
      ("--reddis a", "unknown option '--reddis'. Did you mean '--redis'?"),
      ("--virtual --redis a", "option '--redis' is for real time: leave out '--virtual'."),
    ])
  func wrongExtras(_ line: String, _ message: String) {
    let words = line.split(separator: " ").map(String.init)
    #expect(throws: UsageError(description: message)) {
      try LessonOptions.parse(words, sceneCount: 1, extras: Self.own)
    }
  }

  @Test("never break the line that complains about them")
  func controls() {
    #expect(throws: UsageError(description: "unknown option '--a b'. Try --help.")) {
      try LessonOptions.parse(["--a\nb"], sceneCount: 1)
    }
  }
}
