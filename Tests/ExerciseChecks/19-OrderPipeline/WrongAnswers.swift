import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization

let wrongPipelines: [WrongAnswer<MakePipeline>] = [
  WrongAnswer(
    "runs the steps in turn",
    rejectedBy: "the steps of a stage run at once, and the stages in turn",
    naming: ["stock began at 2 s instead of 0 s"], flawed(.stepsInTurn)),
  WrongAnswer(
    "runs all stages at once",
    rejectedBy: "the steps of a stage run at once, and the stages in turn",
    naming: ["engraving began at 0 s instead of 2 s"], flawed(.stagesAtOnce)),
  WrongAnswer(
    "keeps every outcome, and lets the others run on",
    rejectedBy: "a step that fails ends the others of its order, and begins none",
    naming: ["payment was done at 9 s, not cancelled"], flawed(.lettingOthersRun)),
  WrongAnswer(
    "throws when all have ended",
    rejectedBy: "a step that fails ends the others of its order, and begins none",
    naming: ["payment was done at 9 s, not cancelled"], flawed(.awaitingAll)),
  WrongAnswer(
    "swallows errors, and goes on with the next stage",
    rejectedBy: "a step that fails ends the others of its order, and begins none",
    naming: ["the courier came"], flawed(.swallowingErrors)),
  WrongAnswer(
    "undoes in the order of doing",
    rejectedBy: "what was done is undone, one after the other, the last of it first",
    naming: ["undone in the order [\"stock\", \"payment\""], flawed(.undoingForwards)),
  WrongAnswer(
    "undoes in the reverse order of the list",
    rejectedBy: "what was done is undone, one after the other, the last of it first",
    naming: ["undone in the order [\"engraving\", \"wrapping\", \"stock\", \"payment\"]"],
    flawed(.undoingByList)),
  WrongAnswer(
    "undoes all at once",
    rejectedBy: "what was done is undone, one after the other, the last of it first",
    naming: ["had ended"], flawed(.undoingAtOnce)),
  WrongAnswer(
    "forgets the stages before", naming: ["never undone: payment, stock"],
    flawed(.forgettingStagesBefore)),
  WrongAnswer(
    "notes a stage when all of it is done", naming: ["never undone: engraving, wrapping"],
    flawed(.notingWholeStages)),
  WrongAnswer(
    "undoes whatever the order lists", rejectedBy: "what was not done is not undone",
    naming: ["stock was undone, and it failed at 2 s"], flawed(.undoingAll)),
  WrongAnswer(
    "notes a step before it is done", rejectedBy: "what was not done is not undone",
    naming: ["wrapping was undone, and it was cancelled"], flawed(.notingTooEarly)),
  WrongAnswer(
    "takes an error for the end of all steps",
    rejectedBy: "a step that is done in spite of being cancelled is undone, too",
    naming: ["half done: [\"payment\"]"], flawed(.leavingAtFirstError)),
  WrongAnswer(
    "stops at the first undo that fails",
    rejectedBy: "an undo that fails stops nothing, and hides nothing",
    naming: ["then payment was not undone"], flawed(.stoppingAtFailedUndo)),
  WrongAnswer(
    "reports the undo's error in place of the first",
    rejectedBy: "an undo that fails stops nothing, and hides nothing",
    naming: ["stuck: no answer"], flawed(.hidingReason)),
  WrongAnswer(
    "does not say what is stuck", rejectedBy: "an undo that fails stops nothing, and hides nothing",
    naming: ["“undone: no courier”"], flawed(.hidingWhatIsStuck)),
  WrongAnswer(
    "has the undoing inside of the time limit",
    rejectedBy: "an order that takes too long is given up, and undone to the end",
    naming: ["not undone"], flawed(.timingTheUndoing)),
  WrongAnswer(
    "has endless patience",
    rejectedBy: "an order that takes too long is given up, and undone to the end",
    naming: ["engraving was done at 10 s"], flawed(.endlessPatience)),
  WrongAnswer(
    "counts the patience from the batch's beginning",
    rejectedBy: "an order that takes too long is given up, and undone to the end",
    naming: ["the mug began at 12 s"], flawed(.onePatienceForAll)),
  WrongAnswer(
    "begins a stage when the time is up",
    rejectedBy: "an order that takes too long is given up, and undone to the end",
    naming: ["after that its engraving began"], flawed(.notLooking)),
  WrongAnswer(
    "has as much patience with undoing",
    rejectedBy: "an order that takes too long is given up, and undone to the end",
    naming: ["its outcome is “stuck"], flawed(.impatientUndoing)),
  WrongAnswer(
    "calls all orders of a cancelled batch cancelled",
    rejectedBy: "a cancelled batch leaves no order half done, and begins none",
    naming: ["the pin was done at 0 s"], flawed(.cancellingWhatIsDone)),
  WrongAnswer(
    "lets one too many in",
    rejectedBy: "as many orders at a time as the limit says, no more and no fewer",
    naming: ["3 orders at a time"], flawed(.oneTooMany)),
  WrongAnswer(
    "works in rows", rejectedBy: "as many orders at a time as the limit says, no more and no fewer",
    naming: ["the mug began at 6 s"], flawed(.rows)),
  WrongAnswer(
    "gives its room away before it undoes",
    rejectedBy: "as many orders at a time as the limit says, no more and no fewer",
    naming: ["3 orders at a time"], flawed(.undoingLater)),
  WrongAnswer(
    "returns outcomes as they come",
    rejectedBy: "every order has its own outcome, in the order of the orders",
    naming: ["[\"undone: no answer\", \"completed\", \"completed\"]"], flawed(.outcomesAsTheyCome)),
  WrongAnswer(
    "lets one failure end the batch",
    rejectedBy: "every order has its own outcome, in the order of the orders",
    naming: ["instead of"], flawed(.failingTogether)),
  WrongAnswer(
    "undoes without a shield",
    rejectedBy: "a cancelled batch leaves no order half done, and begins none",
    naming: ["half done"], flawed(.noShield)),
  WrongAnswer(
    "has a shield around everything",
    rejectedBy: "a cancelled batch leaves no order half done, and begins none",
    naming: ["the outcomes of ring and mug are [\"completed\", \"completed\"]"],
    flawed(.shieldingAll)),
  WrongAnswer(
    "goes on with the batch when it is cancelled",
    rejectedBy: "a cancelled batch leaves no order half done, and begins none",
    naming: ["was begun"], flawed(.beginningAll)),
]

extension WrongAnswer {
  /// One that undoes too little.
  fileprivate init(_ fault: String, naming words: [String], _ answer: Answer) {
    self.init(
      fault, rejectedBy: "what was done is undone, one after the other, the last of it first",
      naming: words, answer)
  }
}

private func flawed(_ flaw: Flaw) -> MakePipeline {
  { FlawedPipeline(services: $0, limit: $1, patience: $2, flaw: flaw) }
}

/// What learners get wrong.
enum Flaw: Sendable {
  case stepsInTurn, stagesAtOnce, lettingOthersRun, awaitingAll, swallowingErrors
  case undoingForwards, undoingByList, undoingAtOnce, undoingAll
  case forgettingStagesBefore, notingWholeStages, notingTooEarly, leavingAtFirstError
  case stoppingAtFailedUndo, hidingReason, hidingWhatIsStuck
  case timingTheUndoing, endlessPatience, onePatienceForAll
  case oneTooMany, rows, undoingLater, outcomesAsTheyCome, failingTogether
  case noShield, shieldingAll, beginningAll
  case notLooking, impatientUndoing, cancellingWhatIsDone
}

/// What was done, in order.
final class Notes: Sendable {
  private let list = Mutex<[String]>([])
  var steps: [String] { list.withLock { $0 } }
  func add(_ step: String) { list.withLock { $0.append(step) } }
  func clear() { list.withLock { $0 = [] } }
}
