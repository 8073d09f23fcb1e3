/// What exercise 15 is about: carries parcels from producers to consumers, through a bounded queue.
public protocol Pipelining: Sendable {
  /// Lets producers and consumers work until all is done, and says what came of it.
  ///
  /// Called once.
  func run(_ producers: [any Producer], _ consumers: [any Consumer]) async -> Totals

  /// Asks for the end, and does not wait for it.
  func shutdown() async
}

/// Makes a pipeline whose queue holds `capacity` parcels, and that drains for `drainLimit` at most.
public typealias PipelineMaker =
  @Sendable (_ capacity: Int, _ drainLimit: Duration) -> any Pipelining

/// Makes parcels.
public protocol Producer: Sendable {
  /// Who it is, for the names of tasks.
  var name: String { get }

  /// Makes the next parcel, which takes its time. Nil if there are no more.
  ///
  /// If it is cancelled meanwhile it usually throws, and has made nothing; but it may as well return
  /// a parcel that was all but done.
  func next() async throws -> Parcel?
}

/// Uses parcels up.
public protocol Consumer: Sendable {
  /// Who it is, for the names of tasks.
  var name: String { get }

  /// Consumes one parcel, which takes its time.
  ///
  /// The parcel is consumed when this returns, and is not if it throws. If it is cancelled meanwhile
  /// it usually throws; but it may as well come to its end.
  func consume(_ parcel: Parcel) async throws
}

/// Something that was made, and is to be used up.
public struct Parcel: Sendable, Hashable, CustomStringConvertible {
  /// Who made it.
  public let producer: String
  /// The how manieth of this producer's parcels it is, beginning with 1.
  public let number: Int

  /// A producer's parcel of that number.
  public init(producer: String, number: Int) {
    self.producer = producer
    self.number = number
  }

  /// "ann 3".
  public var description: String { "\(producer) \(number)" }
}

/// What came of it all.
public struct Totals: Sendable {
  /// How many parcels the producers have returned.
  public var produced: Int
  /// How many parcels were consumed to the end.
  public var consumed: Int
  /// The parcels that were produced and not consumed, in any order.
  public var left: [Parcel]
  /// What producers and consumers threw, in any order. A `CancellationError` is no failure, and
  /// does not count.
  public var errors: [any Error]

  /// Nothing has been done.
  public init(
    produced: Int = 0, consumed: Int = 0, left: [Parcel] = [], errors: [any Error] = []
  ) {
    self.produced = produced
    self.consumed = consumed
    self.left = left
    self.errors = errors
  }
}
