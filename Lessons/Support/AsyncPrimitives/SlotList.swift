/// A first-in, first-out list whose elements may leave from the middle.
///
/// Every operation takes constant time. The links are indices into one array, so an element costs
/// no allocation of its own, and slots are used again: after 100,000 waiters came and went one by
/// one, the array still has one slot.
///
/// An element can leave the line and still be kept, until its key is used to remove it: a waiter's
/// turn may come, or it may be cancelled, a moment before it is there to hear of it.
struct SlotList<Element> {
  /// Names one element, also after it has left: the stamp of a slot is never used twice, so a
  /// late key finds nothing instead of somebody else.
  struct Key: Hashable, Sendable {
    fileprivate let index: Int
    fileprivate let stamp: UInt64
  }

  private struct Slot {
    var element: Element?
    var stamp: UInt64
    var isLinedUp = false
    var previous: Int?
    var next: Int?
  }

  private var slots: [Slot] = []
  private var firstFree: Int?
  private var head: Int?
  private var tail: Int?
  private var lastStamp: UInt64 = 0
  private var used = 0

  /// How many elements stand in line.
  private(set) var count = 0

  /// Whether nobody stands in line.
  var isEmpty: Bool { count == 0 }

  /// How many slots are allocated: what a burst left behind, for the tests.
  var capacity: Int { slots.count }

  /// The key of the element that came first.
  var first: Key? {
    head.map { Key(index: $0, stamp: slots[$0].stamp) }
  }

  /// Puts `element` behind all others.
  @discardableResult
  mutating func append(_ element: Element) -> Key {
    lastStamp += 1
    used += 1
    let index: Int
    if let firstFree {
      index = firstFree
      self.firstFree = slots[index].next
    } else {
      index = slots.count
      slots.append(Slot(element: nil, stamp: 0))
    }
    slots[index] = Slot(element: element, stamp: lastStamp, isLinedUp: true, previous: tail)
    if let tail { slots[tail].next = index } else { head = index }
    tail = index
    count += 1
    return Key(index: index, stamp: lastStamp)
  }

  /// Takes an element out of the line, and keeps it.
  mutating func leaveLine(_ key: Key) {
    if holds(key) { unlink(key.index) }
  }

  /// The element behind a key; `nil` once it has left. Assigning to an element that has left does
  /// nothing.
  subscript(key: Key) -> Element? {
    get { holds(key) ? slots[key.index].element : nil }
    set { if holds(key), let newValue { slots[key.index].element = newValue } }
  }

  /// Takes out one element, wherever it stands; `nil` if it has left already.
  @discardableResult
  mutating func remove(_ key: Key) -> Element? {
    guard holds(key) else { return nil }
    return vacate(key.index)
  }

  /// Takes out the element that came first.
  mutating func popFirst() -> Element? {
    guard let head else { return nil }
    return vacate(head)
  }

  /// Takes out everything, and returns what stood in line, in order.
  mutating func removeAll() -> [Element] {
    var elements: [Element] = []
    elements.reserveCapacity(count)
    while let element = popFirst() { elements.append(element) }
    return elements
  }

  private func holds(_ key: Key) -> Bool {
    slots.indices.contains(key.index) && slots[key.index].stamp == key.stamp
  }

  private mutating func unlink(_ index: Int) {
    let slot = slots[index]
    guard slot.isLinedUp else { return }
    if let previous = slot.previous { slots[previous].next = slot.next } else { head = slot.next }
    if let next = slot.next { slots[next].previous = slot.previous } else { tail = slot.previous }
    slots[index].isLinedUp = false
    count -= 1
  }

  private mutating func vacate(_ index: Int) -> Element? {
    unlink(index)
    let element = slots[index].element
    used -= 1
    slots[index] = Slot(element: nil, stamp: 0, next: firstFree)
    firstFree = index
    if used == 0, slots.count > 64 {
      // A burst is over: give its memory back. Stamps go on counting, so old keys stay dead.
      slots = []
      firstFree = nil
    }
    return element
  }
}
