import CheckKit
import ExerciseKit

let wrongTaskQueues: [WrongAnswer<TaskQueueMaker>] = [
  WrongAnswer(
    "does the job in submit", rejectedBy: "submit awaits neither the job nor its callback",
    naming: ["should at once"], { _ in InlineQueue() }),
  WrongAnswer(
    "starts everything at once",
    rejectedBy: "at most so many jobs run at the same time, and as many as that",
    naming: ["7 jobs ran"], flawed(.noLimit)),
  WrongAnswer(
    "one more than allowed",
    rejectedBy: "at most so many jobs run at the same time, and as many as that",
    naming: ["4 jobs ran"], flawed(.oneTooMany)),
  WrongAnswer(
    "one job at a time, whatever the limit",
    rejectedBy: "at most so many jobs run at the same time, and as many as that",
    naming: ["took 7.0 seconds"], flawed(.oneByOne)),
  WrongAnswer(
    "fills the places when a job comes in, and not when one has ended",
    rejectedBy: "at most so many jobs run at the same time, and as many as that",
    naming: ["and 3 ended"], flawed(.startsOnSubmitOnly)),
  WrongAnswer(
    "does not look at keys", rejectedBy: "jobs of one key run one after another, in order",
    naming: ["two jobs of ann"], flawed(.keysIgnored)),
  WrongAnswer(
    "a stack in place of a line", rejectedBy: "jobs of one key run one after another, in order",
    naming: ["began in this order"], flawed(.lastFirst)),
  WrongAnswer(
    "a worker for each place, which waits for the key with a job in its hands",
    rejectedBy: "a job that waits for its key takes no place",
    naming: ["bob 1 is the first in line"], { WorkersQueue(concurrency: $0) }),
  WrongAnswer(
    "looks only at the head of the line",
    rejectedBy: "a job that waits for its key takes no place",
    naming: ["bob 1 is the first in line"], flawed(.headOnly)),
  WrongAnswer(
    "swallows what a job throws", rejectedBy: "each callback hears once what came of its job",
    naming: ["has heard nothing"], flawed(.errorsSwallowed)),
  WrongAnswer(
    "a job that throws keeps its place",
    rejectedBy: "a job or a callback that throws stops nothing",
    naming: ["What ended: ann 1"], flawed(.failureKeepsPlace)),
  WrongAnswer(
    "a callback that throws is never counted as done",
    rejectedBy: "a job or a callback that throws stops nothing",
    naming: ["and join waits for ever"], flawed(.failedCallbackNotCounted)),
  WrongAnswer(
    "calls back before it gives its place back", rejectedBy: "a slow callback holds nobody up",
    naming: ["ann 2 should begin at 1 s"], flawed(.callsBackFirst)),
  WrongAnswer(
    "gives the place back, and keeps the key", rejectedBy: "a slow callback holds nobody up",
    naming: ["ann 2 should begin at 1 s"], flawed(.keyAfterCallback)),
  WrongAnswer(
    "calls back one after the other", rejectedBy: "a slow callback holds nobody up",
    naming: ["its callback was called at 6 s"], flawed(.callsBackInTurn)),
  WrongAnswer(
    "join counts jobs, and not callbacks",
    rejectedBy: "join returns when all is done, callbacks and what they submit, too",
    naming: ["join returned at"], flawed(.joinCountsJobs)),
  WrongAnswer(
    "join awaits what there is when it is called",
    rejectedBy: "join returns when all is done, callbacks and what they submit, too",
    naming: ["bob 1, which is submitted"], flawed(.joinTakesSnapshot)),
  WrongAnswer(
    "join looks ten times a second",
    rejectedBy: "join returns when all is done, callbacks and what they submit, too",
    naming: ["every so often"], flawed(.joinPolls)),
  WrongAnswer(
    "stop drains", rejectedBy: "stop cancels what runs, and what waits never starts",
    naming: ["Cancelled: nothing", "began after the stop"], flawed(.stopDrains)),
  WrongAnswer(
    "stop cancels what runs, and the next in line start",
    rejectedBy: "stop cancels what runs, and what waits never starts",
    naming: ["began after the stop"], flawed(.lineStaysOnStop)),
  WrongAnswer(
    "stop does not close", rejectedBy: "stop cancels what runs, and what waits never starts",
    naming: ["threw nothing"], flawed(.staysOpen)),
  WrongAnswer(
    "closes when all has ended", rejectedBy: "stop cancels what runs, and what waits never starts",
    naming: ["while stop waits, threw nothing"], flawed(.closesAtTheEnd)),
  WrongAnswer(
    "forgets the callbacks of those that wait",
    rejectedBy: "on a stop, every callback is called, none is cancelled, and all are waited for",
    naming: ["bob 1 was never started"], flawed(.lineDroppedOnStop)),
  WrongAnswer(
    "calls back in the job's own task",
    rejectedBy: "on a stop, every callback is called, none is cancelled, and all are waited for",
    naming: ["none may be cancelled"], flawed(.callsBackInJobTask)),
  WrongAnswer(
    "cancels callbacks that run when it is stopped",
    rejectedBy: "on a stop, every callback is called, none is cancelled, and all are waited for",
    naming: ["none may be cancelled"], flawed(.cancelsCallbacks)),
  WrongAnswer(
    "takes a job that returned for one that was cancelled",
    rejectedBy: "on a stop, every callback is called, none is cancelled, and all are waited for",
    naming: ["dan 1 was cancelled while it ran, and returned"], flawed(.replacesOutcome)),
  WrongAnswer(
    "tells those that wait of the stop, and not of a cancellation",
    rejectedBy: "on a stop, every callback is called, none is cancelled, and all are waited for",
    naming: ["has heard “the queue has been stopped”"], flawed(.tellsOfStop)),
  WrongAnswer(
    "a second stop does not wait",
    rejectedBy: "on a stop, every callback is called, none is cancelled, and all are waited for",
    naming: ["a second stop returned at"], flawed(.secondStopDoesNotWait)),
  WrongAnswer(
    "stop waits until its task is cancelled",
    rejectedBy: "on a stop, every callback is called, none is cancelled, and all are waited for",
    naming: ["a stop whose task was cancelled returned at"], flawed(.stopWaitsUntilCancelled)),
  WrongAnswer(
    "join refuses once it is stopped",
    rejectedBy: "on a stop, every callback is called, none is cancelled, and all are waited for",
    naming: ["join threw “the queue has been stopped”"], flawed(.joinRefusesOnceStopped)),
  WrongAnswer(
    "stop does not wait",
    rejectedBy: "on a stop, every callback is called, none is cancelled, and all are waited for",
    naming: ["had returned by then: nothing"], flawed(.stopDoesNotWait)),
]

private func flawed(_ flaw: Flaw) -> TaskQueueMaker {
  { FlawedQueue(flaw, concurrency: $0) }
}
