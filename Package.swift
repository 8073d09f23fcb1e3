// swift-tools-version: 6.3
import PackageDescription

// One line is one chapter: its number, and the topics that its folders are named for.
let workbook = [
  Chapter("01", lesson: "SyncVersusAsync", exercise: "Breakfast"),
  Chapter("02", lesson: "AsyncFunctions", exercise: "Stages"),
  Chapter("03", lesson: "Gather", exercise: "RollCall"),
  Chapter("04", lesson: "WaitAndAsCompleted", exercise: "FastestMirror"),
  Chapter("05", lesson: "Lock", exercise: "Bank"),
  Chapter("06", lesson: "Event", exercise: "StartingGate"),
  Chapter("07", lesson: "Queue", exercise: "BoundedBuffer"),
  Chapter("08", lesson: "Semaphore", exercise: "ConnectionPool"),
  Chapter("09", lesson: "Timeouts", exercise: "Deadline"),
  Chapter("10", lesson: "Cancellation", exercise: "SafeSave"),
  Chapter("11", lesson: "TasksAndFutures", exercise: "SingleFlight"),
  Chapter("12", lesson: "Resources", exercise: "Workshop"),
  Chapter("13", lesson: "Files", exercise: "WordCount"),
  Chapter("14", lesson: "Network", exercise: "Downloader", uses: ["LoopbackServer"]),
  Chapter("15", lesson: "Shutdown", exercise: "ProducerConsumer"),
  Chapter("16", lesson: "TaskSystem", exercise: "Scheduler"),
  Chapter("17", lesson: "TaskQueue", exercise: "TaskQueue", uses: ["LoopbackServer", "WorkQueue"]),
  Chapter(
    "18", lesson: "Resilience", exercise: "CircuitBreaker", uses: ["Resilience", "LoopbackServer"]),
  Chapter("19", lesson: "OrderPipeline", exercise: "OrderPipeline"),
  Chapter(
    "20", lesson: "DistributedQueue", exercise: "Worker", uses: ["Broker", "LoopbackServer"]),
]

// With a number in this variable the package is that chapter's exercise, and what checks it.
let only = Context.environment["WORKBOOK_CHAPTER"]
let chapters = workbook.filter { only == nil || $0.number == only }

let package = Package(
  name: "AsyncWorkbook",
  platforms: [.macOS(.v26)],
  targets: libraries + exercises + (only == nil ? lessonsAndTests : [])
)

var libraries: [Target] {
  let forAll = [
    support("AsyncPrimitives", in: "Lessons"),
    support("StandIns", in: "Lessons", uses: ["AsyncPrimitives"]),
    support("Simulation", in: "Lessons", uses: ["AsyncPrimitives"]),
    support("Narration", in: "Lessons", uses: ["Simulation"]),
    support("ExerciseKit", in: "Exercises", uses: ["AsyncPrimitives", "StandIns"]),
    support("CheckJournal", in: "Exercises"),
    support(
      "CheckKit", in: "Tests",
      uses: [
        "AsyncPrimitives", "CheckJournal", "ExerciseKit", "Narration", "Simulation", "StandIns",
      ]),
  ]
  let forSome = [
    support("LoopbackServer", in: "Lessons", uses: ["Sockets"]),
    support("Broker", in: "Lessons", uses: ["AsyncPrimitives", "Sockets"]),
    support("Resilience", in: "Lessons", uses: ["AsyncPrimitives"]),
    support("WorkQueue", in: "Lessons", uses: ["AsyncPrimitives"]),
  ]
  let used = forSome.filter { library in chapters.contains { $0.uses(library) } }
  return forAll + used + (used.isEmpty ? [] : [support("Sockets", in: "Lessons")])
}

var exercises: [Target] {
  chapters.compactMap(exercise) + chapters.compactMap(solution) + chapters.compactMap(checks)
}

var lessonsAndTests: [Target] {
  chapters.compactMap(lesson) + [
    tests("AsyncPrimitivesTests", use: ["AsyncPrimitives", "CheckKit"]),
    tests("SimulationTests", use: ["AsyncPrimitives", "CheckKit", "Simulation"]),
    tests("NarrationTests", use: ["Narration"]),
    tests("LoopbackServerTests", use: ["LoopbackServer"]),
    program("workbook", in: "Exercises/Support", uses: ["CheckJournal"], beside: ["README.md"]),
    tests("WorkbookTests", use: ["CheckJournal", "Simulation", "workbook"]),
    tests(
      "BrokerTests",
      use: ["AsyncPrimitives", "Broker", "CheckKit", "Lesson20", "LoopbackServer"]),
    tests("ResilienceTests", use: ["Resilience", "AsyncPrimitives", "CheckKit"]),
    tests("WorkQueueTests", use: ["AsyncPrimitives", "CheckKit", "Simulation", "WorkQueue"]),
    tests(
      "LessonTests", use: ["AsyncPrimitives", "Simulation"] + chapters.compactMap(\.lessonTarget)),
    program(
      "Benchmarks", in: "Tests", uses: ["AsyncPrimitives", "Simulation"],
      beside: ["asyncio_benchmarks.py"]),
    program(
      "QueueBenchmarks", in: "Tests", uses: ["AsyncPrimitives", "Broker"],
      beside: ["celery_benchmark.py"]),
  ]
}

struct Chapter {
  var number: String
  var lesson: String?
  var exercise: String?
  /// What the lesson and the checks need besides what those of every chapter need.
  var supports: [String]
  var lessonTarget: String? { lesson.map { _ in "Lesson\(number)" } }

  init(
    _ number: String, lesson: String? = nil, exercise: String? = nil, uses supports: [String] = []
  ) {
    self.number = number
    self.lesson = lesson
    self.exercise = exercise
    self.supports = supports
  }

  func uses(_ library: Target) -> Bool { supports.contains(library.name) }
}

// MARK: - Kinds of target

func lesson(_ chapter: Chapter) -> Target? {
  chapter.lesson.map { topic in
    .executableTarget(
      name: "Lesson\(chapter.number)",
      dependencies: (["AsyncPrimitives", "Simulation", "Narration"] + chapter.supports)
        .map { .target(name: $0) },
      path: "Lessons/\(chapter.number)-\(topic)", exclude: ["README.md"])
  }
}

func exercise(_ chapter: Chapter) -> Target? {
  chapter.exercise.map { topic in
    .target(
      name: "Exercise\(chapter.number)", dependencies: ["AsyncPrimitives", "ExerciseKit"],
      path: "Exercises/\(chapter.number)-\(topic)", exclude: ["Hints.md"])
  }
}

func solution(_ chapter: Chapter) -> Target? {
  chapter.exercise.map { topic in
    .target(
      name: "Solution\(chapter.number)", dependencies: ["AsyncPrimitives", "ExerciseKit"],
      path: "Solutions/\(chapter.number)-\(topic)")
  }
}

func checks(_ chapter: Chapter) -> Target? {
  chapter.exercise.map { topic in
    .testTarget(
      name: "Checks\(chapter.number)",
      dependencies: (["AsyncPrimitives", "CheckKit", "ExerciseKit"] + chapter.supports
        + ["Exercise\(chapter.number)", "Solution\(chapter.number)"])
        .map { .target(name: $0) },
      path: "Tests/ExerciseChecks/\(chapter.number)-\(topic)")
  }
}

func support(_ name: String, in folder: String, uses targets: [String] = []) -> Target {
  .target(
    name: name, dependencies: targets.map { .target(name: $0) }, path: "\(folder)/Support/\(name)")
}

func tests(_ name: String, use targets: [String]) -> Target {
  .testTarget(name: name, dependencies: targets.map { .target(name: $0) }, path: "Tests/\(name)")
}

func program(
  _ name: String, in folder: String, uses targets: [String], beside otherFiles: [String] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: targets.map { .target(name: $0) }, path: "\(folder)/\(name)",
    exclude: otherFiles)
}

// MARK: - Settings that all targets share

for target in package.targets {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
  ]
  if target.name == "Simulation" {
    // A check runs hundreds of schedules: its engine is as fast as it can be in a debug build, too.
    target.swiftSettings?.append(.unsafeFlags(["-O"], .when(configuration: .debug)))
  }
  if target.name == "AsyncPrimitives" {
    // Lets a program specialise what is generic for its own types: a queue is three times as fast.
    target.swiftSettings?.append(
      .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)))
  }
  guard target.type != .regular else { continue }
  // Lets a simulation tell the time that `ContinuousClock` reads: see Simulation/Router.swift.
  target.linkerSettings = [
    .unsafeFlags(["-Xlinker", "--export-dynamic-symbol=clock_gettime"], .when(platforms: [.linux]))
  ]
}
