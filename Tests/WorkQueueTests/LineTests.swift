import Simulation
import Testing

@testable import WorkQueue

@Suite("A waiting line")
struct LineTests {
  @Test("whatever comes and goes, the first of the highest priority is next")
  func model() {
    var numbers = SeededGenerator(seed: 7)
    var line = WaitingLine()
    var model: [(number: Int, priority: Int)] = []
    for number in 0..<5_000 {
      if Int.random(in: 0..<5, using: &numbers) < 3 {
        let priority = Int.random(in: -1...2, using: &numbers)
        line.append(number, priority: priority)
        model.append((number, priority))
      } else {
        let highest = model.map(\.priority).max()
        let index = model.firstIndex { $0.priority == highest }
        #expect(line.takeFirst() == index.map { model.remove(at: $0).number })
      }
    }
    while let first = line.takeFirst() {
      let highest = model.map(\.priority).max()
      let index = model.firstIndex { $0.priority == highest }
      #expect(first == index.map { model.remove(at: $0).number })
    }
    #expect(model.isEmpty)
  }
}
