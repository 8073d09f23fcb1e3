import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization

let wrongSingleFlights: [WrongAnswer<any PictureLoading.Type>] = [
  WrongAnswer(
    "loads for each caller",
    rejectedBy: "callers of the same picture share one load, and its picture",
    naming: ["“first” got “ann 2”", "“second” got “ann 2”"], EveryoneLoads.self),
  WrongAnswer(
    "awaits the picture before it is in the dictionary",
    rejectedBy: "callers of the same picture share one load, and its picture",
    naming: ["“first” got “ann 2”", "“second” got “ann 2”"], AwaitsFirst.self),
  WrongAnswer(
    "makes each caller a picture of its own",
    rejectedBy: "callers of the same picture share one load, and its picture",
    naming: ["not the very one that was loaded: “first”"], Copies.self),
  WrongAnswer(
    "lets one load in at a time",
    rejectedBy: "different pictures are loaded at the same time",
    naming: ["two pictures, each 2 s in loading, took 4.0 seconds together"], OneAtATime.self),
  WrongAnswer(
    "tells nobody of a failure", rejectedBy: "a failure reaches all who share the load",
    naming: ["deadlock"], SilentFailure.self),
  WrongAnswer(
    "keeps what it has loaded", rejectedBy: "nothing is kept of a load that has ended",
    naming: ["nobody has the picture, and it is still there"], Cache.self),
  WrongAnswer(
    "keeps a failure",
    rejectedBy: "when a load has ended, well or not, the next callers share a new one",
    naming: ["failed at 1 s, and whoever asked again at once got this: “not found”"],
    Cache.self),
  WrongAnswer(
    "tidies up after a success only",
    rejectedBy: "when a load has ended, well or not, the next callers share a new one",
    naming: ["failed at 1 s, and whoever asked again at once got this: “not found”"],
    TidiesAfterSuccess.self),
  WrongAnswer(
    "boards a load that has ended",
    rejectedBy: "when a load has ended, well or not, the next callers share a new one",
    naming: ["failed at 1 s, and whoever asked again at once got this: “not found”"],
    BoardsTheLanded.self),
  WrongAnswer(
    "lets the last of an ended load remove the next one",
    rejectedBy: "when a load has ended, well or not, the next callers share a new one",
    naming: ["a second was begun at once, and whoever came at 2 s got this: “ann 3”"],
    LastRemovesByName.self),
  WrongAnswer(
    "awaits a plain task's value", rejectedBy: "a caller that is cancelled leaves at once",
    naming: [
      "the only caller was cancelled at 1 s, and left at 60.0 seconds",
      "one of two callers was cancelled at 1 s, and left at 3.0 seconds",
    ],
    PlainTask.self),
  WrongAnswer(
    "lets the last to leave await the load's end",
    rejectedBy: "a caller that is cancelled leaves at once",
    naming: ["the only caller was cancelled at 1 s, and left at 3.0 seconds"], PoliteLast.self),
  WrongAnswer(
    "keeps the first caller until the load has ended",
    rejectedBy: "a caller that is cancelled leaves at once",
    naming: ["one of two callers was cancelled at 1 s, and left at 3.0 seconds"], FirstStays.self),
  WrongAnswer(
    "lets another leave in place of who is cancelled",
    rejectedBy: "a caller that is cancelled leaves at once",
    naming: ["“leaving” got “ann 1” instead of “CancellationError()”"], LetsTheFirstGo.self),
  WrongAnswer(
    "forgets the others when the first caller leaves",
    rejectedBy: "the others do not notice that a caller leaves", naming: ["deadlock"],
    EndsWithTheFirst.self),
  WrongAnswer(
    "loads in the first caller's own task",
    rejectedBy: "the others do not notice that a caller leaves",
    naming: ["the first of two callers was cancelled; “second” got “CancellationError()”"],
    FirstCallerLoads.self),
  WrongAnswer(
    "lets each caller cancel the load", rejectedBy: "the others do not notice that a caller leaves",
    naming: ["of two callers was cancelled; “"], EachCancels.self),
  WrongAnswer(
    "cancels nothing", rejectedBy: "when all callers have left, the load is cancelled",
    naming: ["the load was told to stop: not at all"], NeverCancels.self),
  WrongAnswer(
    "cancels with the first who leaves",
    rejectedBy: "when all callers have left, the load is cancelled",
    naming: ["the load was told to stop: at 1.0 seconds"], EachCancels.self),
  WrongAnswer(
    "counts the callers of all pictures together",
    rejectedBy: "when all callers have left, the load is cancelled",
    naming: ["waited for another picture, and the load was told to stop: not at all"],
    CountsForAll.self),
  WrongAnswer(
    "starts a load for a caller that was cancelled beforehand",
    rejectedBy: "when all callers have left, the load is cancelled",
    naming: ["the only caller was cancelled before it came, and a load goes on for nobody"],
    StartsForNobody.self),
  WrongAnswer(
    "lets others join a cancelled load",
    rejectedBy: "who comes after all have left gets a load of its own",
    naming: ["this one came at 2 s; “second” got “CancellationError()” instead of “ann 2”"],
    JoinsTheCancelled.self),
  WrongAnswer(
    "removes by name what may be another's",
    rejectedBy: "who comes after all have left gets a load of its own",
    naming: ["to share the second's; “third” got “ann 3” instead of “ann 2”"],
    RemovesByName.self),
  WrongAnswer(
    "counts a caller too late",
    rejectedBy: "who comes just when another leaves gets a picture",
    naming: ["that one got this: “CancellationError()”"], CountsLate.self),
]
