// These types, and what is quick about a queue, are inlinable: compiled in the module that uses
// them, for the items that it has. Left generic, they cost ten times as much.

/// What a queue keeps its items in, and with that, which of them comes out next.
///
/// It knows nothing of tasks: no capacity, nobody waits.
@usableFromInline protocol QueueStorage<Element>: Sendable {
  associatedtype Element: Sendable

  /// Whether a task that waited for an item takes the one that is first when it *wakes up*, rather
  /// than the one whose arrival woke it.
  static var choosesOnWaking: Bool { get }

  /// How many items there are.
  var count: Int { get }

  /// How many items there is memory for, for the tests.
  var allocated: Int { get }

  /// Adds an item, wherever it belongs.
  mutating func insert(_ element: Element)

  /// Takes out the item whose turn it is.
  mutating func removeFirst() -> Element?
}

/// When a burst is over, its memory is given back. Up to this many items, it is kept.
@usableFromInline let keptSlots = 64

/// First in, first out: a ring buffer, which grows with its content and shrinks with it.
///
/// Every operation takes constant time, amortized.
@usableFromInline struct Ring<Element: Sendable>: QueueStorage {
  /// None, or a power of two, so that going round is a mask.
  @usableFromInline var slots: ContiguousArray<Element?> = []
  @usableFromInline var head = 0
  @usableFromInline var count = 0

  @inlinable init() {}

  @inlinable static var choosesOnWaking: Bool { false }

  @usableFromInline var allocated: Int { slots.count }

  @inlinable mutating func insert(_ element: Element) {
    if count == slots.count { resize(to: max(4, count * 2)) }
    slots[(head &+ count) & (slots.count &- 1)] = element
    count &+= 1
  }

  @inlinable mutating func removeFirst() -> Element? {
    guard count > 0 else { return nil }
    let element = slots[head].take()
    head = (head &+ 1) & (slots.count &- 1)
    count &-= 1
    // At a quarter, not at a half: a queue that goes to and fro about a boundary is not copied
    // each time.
    if slots.count > keptSlots, count <= slots.count / 4 { resize(to: slots.count / 2) }
    return element
  }

  @inlinable @inline(never) mutating func resize(to size: Int) {
    var resized: ContiguousArray<Element?> = []
    resized.reserveCapacity(size)
    for offset in 0..<count {
      resized.append(slots[(head &+ offset) & (slots.count &- 1)].take())
    }
    resized.append(contentsOf: repeatElement(nil, count: size - count))
    slots = resized
    head = 0
  }
}

/// Last in, first out.
@usableFromInline struct Pile<Element: Sendable>: QueueStorage {
  @usableFromInline var elements: ContiguousArray<Element> = []

  @inlinable init() {}

  @inlinable static var choosesOnWaking: Bool { false }

  @inlinable var count: Int { elements.count }

  @usableFromInline var allocated: Int { elements.capacity }

  @inlinable mutating func insert(_ element: Element) { elements.append(element) }

  @inlinable mutating func removeFirst() -> Element? {
    let element = elements.popLast()
    elements.giveBackMemory()
    return element
  }
}

/// Smallest first; of equal ones, the one that came first: a binary heap of numbered elements.
@usableFromInline struct Heap<Element: Sendable>: QueueStorage {
  @usableFromInline struct Entry: Sendable {
    @usableFromInline var element: Element
    /// Counts insertions: what makes equal elements different.
    @usableFromInline var number: UInt64

    @inlinable init(element: Element, number: UInt64) {
      self.element = element
      self.number = number
    }
  }

  @usableFromInline var entries: ContiguousArray<Entry> = []
  @usableFromInline var insertions: UInt64 = 0
  @usableFromInline let areInIncreasingOrder: @Sendable (Element, Element) -> Bool

  @inlinable init(by areInIncreasingOrder: @escaping @Sendable (Element, Element) -> Bool) {
    self.areInIncreasingOrder = areInIncreasingOrder
  }

  @inlinable static var choosesOnWaking: Bool { true }

  @inlinable var count: Int { entries.count }

  @usableFromInline var allocated: Int { entries.capacity }

  @inlinable mutating func insert(_ element: Element) {
    insertions += 1
    entries.append(Entry(element: element, number: insertions))
    var index = entries.count - 1
    while index > 0, comesBefore(index, (index - 1) / 2) {
      entries.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  @inlinable mutating func removeFirst() -> Element? {
    guard !entries.isEmpty else { return nil }
    entries.swapAt(0, entries.count - 1)
    let element = entries.removeLast().element
    var index = 0
    while let child = firstChild(of: index), comesBefore(child, index) {
      entries.swapAt(index, child)
      index = child
    }
    entries.giveBackMemory()
    return element
  }

  /// The child that comes before the other, if there are any.
  @inlinable func firstChild(of index: Int) -> Int? {
    let left = index * 2 + 1
    guard left < entries.count else { return nil }
    return left + 1 < entries.count && comesBefore(left + 1, left) ? left + 1 : left
  }

  /// One comparison says it, since of two equal elements the lower number comes first.
  @inlinable func comesBefore(_ one: Int, _ other: Int) -> Bool {
    entries[one].number < entries[other].number
      ? !areInIncreasingOrder(entries[other].element, entries[one].element)
      : areInIncreasingOrder(entries[one].element, entries[other].element)
  }
}

extension ContiguousArray {
  /// Halves the memory when three quarters of it are empty.
  @inlinable mutating func giveBackMemory() {
    guard capacity > keptSlots, count <= capacity / 4 else { return }
    var smaller: Self = []
    smaller.reserveCapacity(capacity / 2)
    smaller.append(contentsOf: self)
    self = smaller
  }
}
