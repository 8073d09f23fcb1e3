import AsyncPrimitives
import CheckKit
import ExerciseKit
import Foundation

let wrongDownloaders = usual + unwritable

private let usual: [WrongAnswer<any Downloading.Type>] = [
  WrongAnswer(
    "one after another", rejectedBy: inFlight, naming: ["in flight: 1 at"],
    FlawedDownloader<InTurn>.self),
  WrongAnswer(
    "in batches of the limit", rejectedBy: inFlight, naming: ["in flight: 1 at"],
    FlawedDownloader<InBatches>.self),
  WrongAnswer(
    "forgets the limit", rejectedBy: limit, naming: ["and 4 downloads"],
    FlawedDownloader<NoLimit>.self),
  WrongAnswer(
    "a limit that is off by one", rejectedBy: limit, naming: ["and 3 downloads"],
    FlawedDownloader<OneTooMany>.self),
  WrongAnswer(
    "gives its place up when the answer begins", rejectedBy: limit, naming: ["downloads were"],
    FlawedDownloader<HeadOnly>.self),
  WrongAnswer(
    "outcomes as they arrive", rejectedBy: order, naming: ["the outcomes were"],
    FlawedDownloader<AsTheyArrive>.self),
  WrongAnswer(
    "the first failure ends all", rejectedBy: statuses,
    naming: ["it threw"],
    FlawedDownloader<FirstFailure>.self),
  WrongAnswer(
    "does not look at the status", rejectedBy: statuses, naming: ["ok c, cutOff"],
    FlawedDownloader<AnyStatus>.self),
  WrongAnswer(
    "takes every status below 400 for a success", rejectedBy: statuses, naming: ["ok f"],
    FlawedDownloader<Below400>.self),
  WrongAnswer(
    "takes 200 alone for a success", rejectedBy: statuses, naming: ["status(202)"],
    FlawedDownloader<Only200>.self),
  WrongAnswer(
    "reads the body of a failure, too", rejectedBy: statuses, naming: ["it threw"],
    FlawedDownloader<ReadsAnyBody>.self),
  WrongAnswer(
    "takes the stream's end for the file's", rejectedBy: cutOff,
    naming: ["(cutOff, ok ends, ok a)"], FlawedDownloader<NoCount>.self),
  WrongAnswer(
    "does not ask its task when its time was up", rejectedBy: tooSlow, naming: ["ok stalls"],
    FlawedDownloader<NoQuestion>.self),
  WrongAnswer(
    "does not ask its task when it was cancelled", rejectedBy: parts, naming: ["unknown (“1”)"],
    FlawedDownloader<NoQuestion>.self),
  WrongAnswer(
    "time runs while it waits for its turn", rejectedBy: turn, naming: ["tooSlow"],
    FlawedDownloader<TimedQueue>.self),
  WrongAnswer(
    "writes under the final name", rejectedBy: name, naming: ["old “n”, none “n”"],
    FlawedDownloader<FinalName>.self),
  WrongAnswer(
    "writes under the final name and .part", rejectedBy: name, naming: ["“old.part” was somebody"],
    FlawedDownloader<PartOfName>.self),
  WrongAnswer(
    "a bad name keeps its place", rejectedBy: badNames, naming: ["waits for"],
    FlawedDownloader<KeepsPlace>.self),
  WrongAnswer(
    "keeps it all in memory", rejectedBy: pieces, naming: ["there were 0"],
    FlawedDownloader<InMemory>.self),
  WrongAnswer(
    "tells of a piece, and then writes it", rejectedBy: pieces, naming: ["3, when there were 0"],
    FlawedDownloader<TellsFirst>.self),
  WrongAnswer(
    "leaves the temporary file after a failure", rejectedBy: failures, naming: [".part"],
    FlawedDownloader<LeavesParts>.self),
  WrongAnswer(
    "removes the old file at the beginning", rejectedBy: failures, naming: ["missing (“old”)"],
    FlawedDownloader<RemovesOld>.self),
  WrongAnswer(
    "tells in tasks of their own", rejectedBy: progress, naming: ["had told"],
    FlawedDownloader<TellsLater>.self),
  WrongAnswer(
    "believes every name", rejectedBy: escape, naming: ["led out of the folder"],
    FlawedDownloader<BelievesNames>.self),
  WrongAnswer(
    "looks for .. before it decodes", rejectedBy: escape, naming: ["led out of the folder"],
    FlawedDownloader<LooksEarly>.self),
  WrongAnswer(
    "two requests for the same name", rejectedBy: twice, naming: ["the outcomes were"],
    FlawedDownloader<NameTwice>.self),
  WrongAnswer(
    "makes a cancellation an outcome", rejectedBy: cancelled, naming: ["it returned"],
    FlawedDownloader<Swallows>.self),
  WrongAnswer(
    "stops asking, and returns what it has", rejectedBy: cancelled,
    naming: ["it returned (ok e)"], FlawedDownloader<StopsQuietly>.self),
  WrongAnswer(
    "tasks of its own, which nobody cancels", rejectedBy: cancelled, naming: ["it was over at"],
    FlawedDownloader<OfItsOwn>.self),
]

#if canImport(Darwin)
  private let unwritable: [WrongAnswer<any Downloading.Type>] = []
#else
  // Where the check can make writing fail.
  private let unwritable: [WrongAnswer<any Downloading.Type>] = [
    WrongAnswer(
      "takes every error in the loop for the body's", rejectedBy: cannotWrite,
      naming: ["(cutOff, ok d)"], FlawedDownloader<BlamesTheBody>.self)
  ]
#endif

private let inFlight = "as many as the limit are in flight while there are so many"
private let limit = "never more than the limit are in flight"
private let order = "outcomes are in the order of the URLs"
private let statuses =
  "a server that refuses, or says 404 or 500, is one outcome, and the others go on"
private let cutOff = "a body that breaks off is cutOff, and no file"
private let tooSlow = "a download whose time is up is tooSlow, and no file"
private let parts = "cancelling leaves no part of a file, and those that are whole"
private let turn = "waiting for its turn does not count"
private let name =
  "a file has its name only when it is whole, and until then one that nobody uses"
private let pieces = "pieces are written as they come"
private let cannotWrite = "a file that cannot be written is one outcome, and the others go on"
private let failures = "a failure leaves no temporary file, and what was there as it was"
private let progress = "progress of all together adds up, and never goes back"
private let escape = "no URL leads out of the folder"
private let badNames = "a URL that names no file, or has a .. in it, is badName and not asked for"
private let twice = "of the URLs with the same name, only the first is asked for"
private let cancelled = "cancelling stops everything at once, and throws CancellationError"

/// What is wrong with a downloader that is right in everything else.
protocol Flaw: Sendable {}

enum InTurn: Flaw {}
enum InBatches: Flaw {}
enum NoLimit: Flaw {}
enum OneTooMany: Flaw {}
enum HeadOnly: Flaw {}
enum AsTheyArrive: Flaw {}
enum FirstFailure: Flaw {}
enum AnyStatus: Flaw {}
enum Below400: Flaw {}
enum Only200: Flaw {}
enum ReadsAnyBody: Flaw {}
enum NoCount: Flaw {}
enum NoQuestion: Flaw {}
enum TimedQueue: Flaw {}
enum FinalName: Flaw {}
enum PartOfName: Flaw {}
enum KeepsPlace: Flaw {}
enum InMemory: Flaw {}
enum TellsFirst: Flaw {}
enum BlamesTheBody: Flaw {}
enum LeavesParts: Flaw {}
enum RemovesOld: Flaw {}
enum TellsLater: Flaw {}
enum BelievesNames: Flaw {}
enum LooksEarly: Flaw {}
enum NameTwice: Flaw {}
enum Swallows: Flaw {}
enum StopsQuietly: Flaw {}
enum OfItsOwn: Flaw {}
