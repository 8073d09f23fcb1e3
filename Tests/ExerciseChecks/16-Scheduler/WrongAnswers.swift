import CheckKit
import ExerciseKit

let wrongSchedulers: [WrongAnswer<any Scheduling.Type>] = [
  WrongAnswer(
    "a task for each entry sleeps, and who wakes first is open",
    rejectedBy: "tasks due at the same moment begin in the order in which they were added",
    naming: ["began in the order"], SleepersScheduler.self),
  WrongAnswer(
    "starts what is due with Task { }, in order",
    rejectedBy: "tasks due at the same moment begin in the order in which they were added",
    naming: ["began in the order"], FlawedScheduler<StartsWithTask>.self),
  WrongAnswer(
    "goes by when a task began to wait, and not by when it was added",
    rejectedBy: "tasks due at the same moment begin in the order in which they were added",
    naming: ["they began in the order 3rd, 4th, "], FlawedScheduler<LosesPlaces>.self),
  WrongAnswer(
    "looks every second whether something is due",
    rejectedBy: "a scheduler with nothing to do does nothing",
    naming: ["lay down to sleep"], FlawedScheduler<Polls>.self),
  WrongAnswer(
    "polls even when there is no task", rejectedBy: "a scheduler with nothing to do does nothing",
    naming: ["nothing to wake up for"], PollingScheduler.self),
  WrongAnswer(
    "awaits the work before it looks at the next task", rejectedBy: "a slow task delays no other",
    naming: ["together with one that takes 10 s", "while another takes its 10 s"],
    PollingScheduler.self),
  WrongAnswer(
    "does not wake for a task that comes in front",
    rejectedBy: "a task that is added later may be due earlier",
    naming: ["added at 1 s with a delay of 2 s: it has begun at 60 s"],
    FlawedScheduler<OversleepsNewcomers>.self),
  WrongAnswer(
    "takes an alarm that was cancelled for one that went off",
    rejectedBy: "a task that is added later may be due earlier",
    naming: ["added at 1 s with a delay of 2 s: it has begun at 1 s"],
    FlawedScheduler<HearsCancelledAlarms>.self),
  WrongAnswer(
    "sleeps on a clock of its own", rejectedBy: "time is what the scheduler's clock says",
    naming: ["twice as fast"], SleepersScheduler.self),
  WrongAnswer(
    "counts the interval from the end of a run",
    rejectedBy: "the runs of a repeated task begin one interval apart",
    naming: ["begun at 1 s, 3.5 s"], FlawedScheduler<Drifts>.self),
  WrongAnswer(
    "begins the next run while one goes on",
    rejectedBy: "a run that takes longer than the interval is not overlapped",
    naming: ["begun at 1 s, 2 s"], FlawedScheduler<Overlaps>.self),
  WrongAnswer(
    "makes up for the runs that did not begin in time",
    rejectedBy: "a run that takes longer than the interval is not overlapped",
    naming: ["only its first run takes 5.5 s: it has begun at 1 s, 6.5 s, 6.5 s"],
    FlawedScheduler<MakesUpForRuns>.self),
  WrongAnswer(
    "retries once too often", rejectedBy: "a failing task is tried again up to its limit",
    naming: ["had 4 attempts instead of 3"], FlawedScheduler<RetriesOnceTooOften>.self),
  WrongAnswer(
    "takes an error of the work's for a cancellation",
    rejectedBy: "a failing task is tried again up to its limit",
    naming: ["throws CancellationError, cancelled by nobody"],
    FlawedScheduler<TrustsCancellationErrors>.self),
  WrongAnswer(
    "never begins to count attempts anew",
    rejectedBy: "a failing task is tried again up to its limit",
    naming: ["each of its runs fails once: it has begun at 1 s, 2 s, 11 s"],
    FlawedScheduler<KeepsCounting>.self),
  WrongAnswer(
    "waits as long before each retry",
    rejectedBy: "the pause before each retry is twice the one before",
    naming: ["3.5 s, 6 s, 8.5 s"], FlawedScheduler<KeepsPausesEqual>.self),
  WrongAnswer(
    "lets a task that was cancelled begin",
    rejectedBy: "a task that waits can be cancelled, and never begins",
    naming: ["has begun at"], FlawedScheduler<ForgetsToTakeOut>.self),
  WrongAnswer(
    "does not cancel the work", rejectedBy: "a task that runs can be cancelled",
    naming: [
      "in its first run, and its work has not heard of it",
      "in its retry, and its work has not heard of it",
    ], FlawedScheduler<CancelsInTheBooks>.self),
  WrongAnswer(
    "keeps the handle of a task's first attempt, and of no other",
    rejectedBy: "a task that runs can be cancelled",
    naming: [
      "in its second run, and its work has not heard of it",
      "in its retry, and its work has not heard of it",
    ], FlawedScheduler<KeepsOnlyTheFirstHandle>.self),
  WrongAnswer(
    "says cancelled while the work goes on",
    rejectedBy: "a task that is cancelled runs until its work has ended",
    naming: ["is cancelled instead of running"], FlawedScheduler<CallsItCancelledAtOnce>.self),
  WrongAnswer(
    "tells how a cancelled task ended",
    rejectedBy: "a task that is cancelled runs until its work has ended",
    naming: ["is completed instead of cancelled", "is pending instead of cancelled"],
    FlawedScheduler<ForgetsThatItCancelled>.self),
  WrongAnswer(
    "has no status for the time between two attempts",
    rejectedBy: "the status says where each task is",
    naming: ["is failed instead of pending"], FlawedScheduler<FailsTooSoon>.self),
  WrongAnswer(
    "takes a task that it does not know for one that has ended",
    rejectedBy: "the status says where each task is",
    naming: ["never added, its status is completed instead of nil"],
    FlawedScheduler<KnowsEveryTask>.self),
  WrongAnswer(
    "logs the clock's time and not the scheduler's",
    rejectedBy: "the log says what happened, and when on the scheduler's clock",
    naming: ["the log says “11 s chimes added” where “1 s chimes added” belongs"],
    FlawedScheduler<LogsAnotherTime>.self),
  WrongAnswer(
    "logs the time since its first task was added",
    rejectedBy: "the log says what happened, and when on the scheduler's clock",
    naming: ["the log says “0 s chimes added” where “1 s chimes added” belongs"],
    FlawedScheduler<LogsFromTheFirstTask>.self),
  WrongAnswer(
    "logs how a cancelled attempt ended, and that it was cancelled",
    rejectedBy: "the log says what happened, and when on the scheduler's clock",
    naming: ["the log says “7 s slow failed” where “7 s slow cancelled” belongs"],
    FlawedScheduler<LogsEndsTwice>.self),
  WrongAnswer(
    "holds its lock while work runs", rejectedBy: "a task's work may use the scheduler",
    naming: ["no answer at 5 s"], LockedScheduler.self),
  WrongAnswer(
    "stops without waiting for what runs",
    rejectedBy: "stop() cancels what waits, and awaits what runs",
    naming: ["returned after 0 s"], FlawedScheduler<LeavesAtOnce>.self),
  WrongAnswer(
    "awaits only one of the tasks that run",
    rejectedBy: "stop() cancels what waits, and awaits what runs",
    naming: ["stop() returned after 2 s, when the last of four tasks that ran needed 7 s"],
    FlawedScheduler<AwaitsOnlyTheFirst>.self),
  WrongAnswer(
    "forgets at stop() what was cancelled before",
    rejectedBy: "stop() cancels what waits, and awaits what runs",
    naming: ["was cancelled before and ran on, its status is completed instead of cancelled"],
    FlawedScheduler<ForgetsCancelsAtStop>.self),
  WrongAnswer(
    "cancels what runs, too", rejectedBy: "stop() cancels what waits, and awaits what runs",
    naming: ["cancelled the work"], FlawedScheduler<CancelsAll>.self),
  WrongAnswer(
    "its stop is cut short by its caller's cancellation",
    rejectedBy: "stop() cancels what waits, and awaits what runs",
    naming: ["by a caller that is cancelled returned after 0 s"],
    FlawedScheduler<StopsWithTry>.self),
  WrongAnswer(
    "retries and repeats after stop()", rejectedBy: "nothing begins after stop()",
    naming: ["after stop() was called at 2 s"],
    FlawedScheduler<GoesOnAfterStop>.self),
  WrongAnswer(
    "takes tasks after stop()", rejectedBy: "nothing begins after stop()",
    naming: ["add has to throw"], FlawedScheduler<StaysOpen>.self),
  WrongAnswer(
    "takes a pause for idleness",
    rejectedBy: "waiting until idle ends as soon as nothing waits or runs",
    naming: ["and is retried 3 s later, waiting until idle ended at 3 s"],
    FlawedScheduler<OverlooksPauses>.self),
  WrongAnswer(
    "forgets the waiters when the last task is cancelled",
    rejectedBy: "waiting until idle ends as soon as nothing waits or runs",
    naming: ["and is cancelled at 7 s, waiting until idle threw"],
    FlawedScheduler<WakesNobodyOnCancel>.self),
  WrongAnswer(
    "cancels the tasks when the wait times out",
    rejectedBy: "waiting until idle ends with its timeout or its caller, and changes nothing",
    naming: ["is cancelled instead of pending", "is cancelled instead of running"],
    FlawedScheduler<TimesTheTasksOut>.self),
  WrongAnswer(
    "returns when the time is up as if all were done",
    rejectedBy: "waiting until idle ends with its timeout or its caller, and changes nothing",
    naming: ["nothing was thrown"], FlawedScheduler<SwallowsTheTimeout>.self),
  WrongAnswer(
    "times its waiters on another clock",
    rejectedBy: "waiting until idle ends with its timeout or its caller, and changes nothing",
    naming: ["waiting until idle ended at 6 s"], FlawedScheduler<WaitsOnAnotherClock>.self),
]

// One line for each way in which FlawedScheduler goes wrong.
enum StartsWithTask: Flawed { static let flaw = Flaw.startsWithTask }
enum Polls: Flawed { static let flaw = Flaw.polls }
enum OversleepsNewcomers: Flawed { static let flaw = Flaw.oversleepsNewcomers }
enum HearsCancelledAlarms: Flawed { static let flaw = Flaw.hearsCancelledAlarms }
enum Drifts: Flawed { static let flaw = Flaw.drifts }
enum Overlaps: Flawed { static let flaw = Flaw.overlaps }
enum RetriesOnceTooOften: Flawed { static let flaw = Flaw.retriesOnceTooOften }
enum TrustsCancellationErrors: Flawed { static let flaw = Flaw.trustsCancellationErrors }
enum KeepsCounting: Flawed { static let flaw = Flaw.keepsCounting }
enum KeepsPausesEqual: Flawed { static let flaw = Flaw.keepsPausesEqual }
enum ForgetsToTakeOut: Flawed { static let flaw = Flaw.forgetsToTakeOut }
enum CancelsInTheBooks: Flawed { static let flaw = Flaw.cancelsInTheBooks }
enum CallsItCancelledAtOnce: Flawed { static let flaw = Flaw.callsItCancelledAtOnce }
enum ForgetsThatItCancelled: Flawed { static let flaw = Flaw.forgetsThatItCancelled }
enum FailsTooSoon: Flawed { static let flaw = Flaw.failsTooSoon }
enum LogsAnotherTime: Flawed { static let flaw = Flaw.logsAnotherTime }
enum LeavesAtOnce: Flawed { static let flaw = Flaw.leavesAtOnce }
enum CancelsAll: Flawed { static let flaw = Flaw.cancelsAll }
enum StopsWithTry: Flawed { static let flaw = Flaw.stopsWithTry }
enum GoesOnAfterStop: Flawed { static let flaw = Flaw.goesOnAfterStop }
enum StaysOpen: Flawed { static let flaw = Flaw.staysOpen }
enum OverlooksPauses: Flawed { static let flaw = Flaw.overlooksPauses }
enum WakesNobodyOnCancel: Flawed { static let flaw = Flaw.wakesNobodyOnCancel }
enum TimesTheTasksOut: Flawed { static let flaw = Flaw.timesTheTasksOut }
enum SwallowsTheTimeout: Flawed { static let flaw = Flaw.swallowsTheTimeout }
enum WaitsOnAnotherClock: Flawed { static let flaw = Flaw.waitsOnAnotherClock }
enum LosesPlaces: Flawed { static let flaw = Flaw.losesPlaces }
enum MakesUpForRuns: Flawed { static let flaw = Flaw.makesUpForRuns }
enum AwaitsOnlyTheFirst: Flawed { static let flaw = Flaw.awaitsOnlyTheFirst }
enum KeepsOnlyTheFirstHandle: Flawed { static let flaw = Flaw.keepsOnlyTheFirstHandle }
enum ForgetsCancelsAtStop: Flawed { static let flaw = Flaw.forgetsCancelsAtStop }
enum KnowsEveryTask: Flawed { static let flaw = Flaw.knowsEveryTask }
enum LogsFromTheFirstTask: Flawed { static let flaw = Flaw.logsFromTheFirstTask }
enum LogsEndsTwice: Flawed { static let flaw = Flaw.logsEndsTwice }
