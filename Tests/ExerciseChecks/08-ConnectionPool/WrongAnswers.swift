import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization

let wrongConnectionPools: [WrongAnswer<PoolType>] = [
  WrongAnswer(
    "closes each connection after its use",
    rejectedBy: "a connection is opened when it is needed, and used again",
    naming: ["two called, one after the other, and connections that were opened: 2 instead of 1"],
    FaultyPool<KeepsNone>.self),
  WrongAnswer(
    "opens all at the first call",
    rejectedBy: "a connection is opened when it is needed, and used again",
    naming: ["connections that were opened: 3 instead of 1"], EagerPool.self),
  WrongAnswer(
    "opens another whenever none is unused",
    rejectedBy: "never more connections are open than the limit allows",
    naming: ["the limit is 2, and connections that were open at the same time: 4"],
    FaultyPool<NoLimit>.self),
  WrongAnswer(
    "has a limit that is off by one",
    rejectedBy: "never more connections are open than the limit allows",
    naming: ["the limit is 2, and connections that were open at the same time: 3"],
    FaultyPool<OneMore>.self),
  WrongAnswer(
    "gives the permit back, and then the connection",
    rejectedBy: "never more connections are open than the limit allows",
    naming: ["the limit is 2, and connections that were open at the same time: 3"], LatePool.self),
  WrongAnswer(
    "opens one after the other, under a lock",
    rejectedBy: "callers do not wait as long as there is room",
    naming: ["could be done at 2 s, and was at 3.0 seconds"], OneByOnePool.self),
  WrongAnswer(
    "sleeps and looks again",
    rejectedBy: "callers do not wait as long as there is room",
    naming: ["cem could be done at 3 s, and was at 3.1 seconds"], PollingPool.self),
  WrongAnswer(
    "lends the same connection to several", rejectedBy: "a connection has one user at a time",
    naming: ["has it, too"], FaultyPool<Shares>.self),
  WrongAnswer(
    "serves whoever came last", rejectedBy: "first come, first served",
    naming: ["got their connections as ann, dan"], LinePool<ServesLatest>.self),
  WrongAnswer(
    "lets newcomers overtake whoever was woken", rejectedBy: "first come, first served",
    naming: ["got their connections as ann, ann"], LinePool<Overtakes>.self),
  WrongAnswer(
    "gives back only what was used well",
    rejectedBy: "body's result or error goes to its caller, and its connection to the next",
    naming: ["nobody uses a connection any more, and who waits for ever: bob"],
    FaultyPool<KeepsOnThrow>.self),
  WrongAnswer(
    "gives the permit back, and forgets the connection",
    rejectedBy: "body's result or error goes to its caller, and its connection to the next",
    naming: ["ann was done, and bob and cem were next, and connections that were opened: 3"],
    FaultyPool<Forgets>.self),
  WrongAnswer(
    "swallows what its user throws",
    rejectedBy: "body's result or error goes to its caller, and its connection to the next",
    naming: ["ann got closed instead of wrongQuery"], FaultyPool<Swallows>.self),
  WrongAnswer(
    "asks after body whether the task is cancelled",
    rejectedBy: "body's result or error goes to its caller, and its connection to the next",
    naming: ["ann got CancellationError() instead of rows for ann"],
    FaultyPool<AsksAfterBody>.self),
  WrongAnswer(
    "takes every error of a cancelled task for its cancellation",
    rejectedBy: "body's result or error goes to its caller, and its connection to the next",
    naming: ["ann got CancellationError() instead of wrongQuery"],
    FaultyPool<AsksAfterError>.self),
  WrongAnswer(
    "lends what has broken",
    rejectedBy: "a connection that has broken is closed, and the next gets another",
    naming: ["bob has line 1, which had broken"], FaultyPool<KeepsBroken>.self),
  WrongAnswer(
    "asks only when all went well whether it has broken",
    rejectedBy: "a connection that has broken is closed, and the next gets another",
    naming: ["bob has line 1, which had broken"], FaultyPool<KeepsBrokenOnThrow>.self),
  WrongAnswer(
    "wakes nobody when a connection has broken",
    rejectedBy: "a connection that has broken is closed, and the next gets another",
    naming: ["nobody uses a connection any more, and who waits for ever: bob"],
    LinePool<IsMuteWhenBroken>.self),
  WrongAnswer(
    "loses a place with each opening that fails",
    rejectedBy: "an opening that fails or is cancelled costs nobody a place",
    naming: ["nobody uses a connection any more, and who waits for ever: bob"],
    FaultyPool<LosesPlaces>.self),
  WrongAnswer(
    "wakes nobody when an opening fails",
    rejectedBy: "an opening that fails or is cancelled costs nobody a place",
    naming: ["nobody uses a connection any more, and who waits for ever: bob"],
    LinePool<IsMuteWhenRefused>.self),
  WrongAnswer(
    "forgets a connection that came too late",
    rejectedBy: "an opening that fails or is cancelled costs nobody a place",
    naming: ["the limit is 1, and connections that were open at the same time: 2"],
    FaultyPool<AsksAfterOpening>.self),
  WrongAnswer(
    "is deaf while it waits",
    rejectedBy: "a caller who is cancelled while it waits keeps nobody waiting",
    naming: ["bob could be done at 1 s, and was at 2.0 seconds"], FaultyPool<Deaf>.self),
  WrongAnswer(
    "hands over to a caller who has been cancelled",
    rejectedBy: "a caller who is cancelled while it waits keeps nobody waiting",
    naming: ["nobody uses a connection any more, and who waits for ever: cem"],
    FaultyPool<LosesPermit>.self),
  WrongAnswer(
    "gives back a permit that it did not get",
    rejectedBy: "a caller who is cancelled while it waits keeps nobody waiting",
    naming: ["the limit is 1, and connections that were open at the same time: 2"],
    FaultyPool<GivesTooMany>.self),
  WrongAnswer(
    "closes what is unused, and forgets what is in use",
    rejectedBy: "a closed pool closes its connections, and turns callers away",
    naming: ["the pool was closed, all are done, and what is open: line"],
    FaultyPool<ForgetsInUse>.self),
  WrongAnswer(
    "forgets a connection that was being opened when it closed",
    rejectedBy: "a closed pool closes its connections, and turns callers away",
    naming: ["line 1, being opened when the pool was closed, is open"],
    FaultyPool<ForgetsOpening>.self),
  WrongAnswer(
    "closes connections under their users",
    rejectedBy: "a closed pool closes its connections, and turns callers away",
    naming: ["was closed while"], RudePool.self),
  WrongAnswer(
    "leaves those who wait alone when it is closed",
    rejectedBy: "a closed pool closes its connections, and turns callers away",
    naming: ["got rows for dan instead of closed"], FaultyPool<LooksBeforeWaiting>.self),
  WrongAnswer(
    "lets nobody in after one whom it has turned away",
    rejectedBy: "a closed pool closes its connections, and turns callers away",
    naming: ["nobody uses a connection any more, and who waits for ever: "],
    FaultyPool<StopsAtFirst>.self),
]
