import Testing

@testable import AsyncPrimitives

@Suite("The list behind every queue")
struct SlotListTests {
  @Test("first in, first out")
  func order() {
    var list = SlotList<Int>()
    for number in 1...4 { list.append(number) }
    #expect(list.count == 4)
    #expect(list.removeAll() == [1, 2, 3, 4])
    #expect(list.isEmpty)
  }

  @Test("an element leaves from wherever it stands", arguments: 0..<4)
  func removal(of index: Int) {
    var list = SlotList<Int>()
    let keys = (0..<4).map { list.append($0) }
    #expect(list.remove(keys[index]) == index)
    #expect(list.remove(keys[index]) == nil)
    list.append(4)
    #expect(list.removeAll() == (0...4).filter { $0 != index })
  }

  @Test("an element that has left the line can be found until it is removed")
  func outsideOfTheLine() {
    var list = SlotList<String>()
    let key = list.append("one")
    list.append("two")
    #expect(list.first == key)
    list.leaveLine(key)
    list.leaveLine(key)
    #expect(list.count == 1)
    list[key] = "changed"
    #expect(list[key] == "changed")
    #expect(list.removeAll() == ["two"])
    #expect(list.remove(key) == "changed")
    #expect(list.first == nil)
  }

  @Test("a late key finds nothing, also when its slot is used again")
  func lateKey() {
    var list = SlotList<String>()
    let late = list.append("first")
    list.remove(late)
    list.append("second")
    #expect(list[late] == nil)
    #expect(list.remove(late) == nil)
    list[late] = "changed"
    list.leaveLine(late)
    #expect(list.removeAll() == ["second"])
  }

  @Test("a late key finds nothing, also after a burst has given its memory back")
  func lateKeyAfterBurst() {
    var list = SlotList<Int>()
    let keys = (0..<100).map { list.append($0) }
    _ = list.removeAll()
    #expect(list.capacity == 0)
    list.append(100)
    #expect(list[keys[0]] == nil)
  }

  @Test("it behaves like an array under any sequence of operations", arguments: 0..<20)
  func likeAnArray(seed: UInt64) {
    var random = Lottery(seed: seed)
    var list = SlotList<Int>()
    var array: [(key: SlotList<Int>.Key, number: Int)] = []
    for number in 0..<500 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1:
        array.append((list.append(number), number))
      case 2 where !array.isEmpty:
        let victim = array.remove(at: Int.random(in: array.indices, using: &random))
        #expect(list.remove(victim.key) == victim.number)
      default:
        #expect(list.popFirst() == (array.isEmpty ? nil : array.removeFirst().number))
      }
      #expect(list.count == array.count)
    }
    #expect(list.removeAll() == array.map(\.number))
  }
}

/// Random numbers that are the same on every run.
struct Lottery: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64, by Sebastiano Vigna.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
