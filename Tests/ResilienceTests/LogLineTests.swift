import Foundation
import Resilience
import Testing

@Suite("Log lines")
struct LogLineTests {
  @Test("fields in their order, in both formats")
  func formats() {
    var line = LogLine("retry", ["service": "tea shop", "attempt": 2, "wait": 0.25, "last": false])
    #expect(line.keyValue == "event=retry service=\"tea shop\" attempt=2 wait=0.25 last=false")
    #expect(
      line.json
        == "{\"event\":\"retry\",\"service\":\"tea shop\",\"attempt\":2,\"wait\":0.25,\"last\":false}"
    )
    line.set("attempt", 3)
    line.set("ms", .seconds(.seconds(2)))
    #expect(line.keyValue.hasSuffix("attempt=3 wait=0.25 last=false ms=2"))
  }

  /// What somebody may have typed into a form.
  static let texts = [
    "", " ", "tea", "tea time", "a=b", "\"", "\\", "\\\"", "a\nb", "a\r\nb", "\t",
    "\u{0}\u{1B}[31m",
    "\u{7F}\u{85}\u{2028}\u{2029}", "Tee, grün", "茶", "👩‍🚀", "\"\u{301}", "event=paid amount=1000000",
    "x\nevent=paid",
  ]

  @Test("whatever is in a field, a line is one line, and says what went in", arguments: texts)
  func escapes(_ text: String) throws {
    let line = LogLine("order", ["note": .string(text), "last": true])
    for written in [line.keyValue, line.json] {
      #expect(
        !written.unicodeScalars.contains { scalar in
          scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            || scalar.value == 0x2028 || scalar.value == 0x2029
        })
    }
    let object = try JSONSerialization.jsonObject(with: Data(line.json.utf8)) as? [String: Any]
    #expect((object?["note"] as? String)?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    let pairs = try #require(parse(line.keyValue))
    #expect(pairs.map(\.key) == ["event", "note", "last"])
    #expect(pairs[1].value.unicodeScalars.elementsEqual(text.unicodeScalars))
  }

  @Test("a key holds no more than a key can", arguments: texts)
  func keys(_ text: String) throws {
    let line = LogLine("order", [text: 1])
    let object = try JSONSerialization.jsonObject(with: Data(line.json.utf8)) as? [String: Any]
    #expect(object?[text] as? Int == 1)
    #expect(parse(line.keyValue)?.map(\.value) == ["order", "1"])
  }

  @Test("numbers that JSON does not know are texts")
  func numbers() throws {
    let line = LogLine("n", ["a": .number(.nan), "b": .number(.infinity), "c": .number(1e300)])
    #expect(line.keyValue == "event=n a=NaN b=+Inf c=1e+300")
    let object = try JSONSerialization.jsonObject(with: Data(line.json.utf8)) as? [String: Any]
    #expect(object?["a"] as? String == "NaN")
    #expect(object?["c"] as? Double == 1e300)
  }

  /// Reads what is written as `key=value`, strictly; nil if it is something else.
  private func parse(_ line: String) -> [(key: String, value: String)]? {
    var pairs: [(key: String, value: String)] = []
    var rest = Substring(line).unicodeScalars
    while !rest.isEmpty {
      guard let equals = rest.firstIndex(of: "="), equals > rest.startIndex else { return nil }
      let key = String(rest[..<equals])
      rest = rest[rest.index(after: equals)...]
      guard !key.contains(" "), !key.contains("\"") else { return nil }
      if rest.first == "\"" {
        // A quoted value is a string of JSON.
        var end = rest.index(after: rest.startIndex)
        while end < rest.endIndex, rest[end] != "\"" {
          end = rest.index(end, offsetBy: rest[end] == "\\" ? 2 : 1)
        }
        guard end < rest.endIndex else { return nil }
        let quoted = Data(String(rest[...end]).utf8)
        let value = try? JSONSerialization.jsonObject(with: quoted, options: .fragmentsAllowed)
        guard let text = value as? String else { return nil }
        pairs.append((key, text))
        rest = rest[rest.index(after: end)...]
      } else {
        let end = rest.firstIndex(of: " ") ?? rest.endIndex
        pairs.append((key, String(rest[..<end])))
        rest = rest[end...]
      }
      guard rest.isEmpty || rest.removeFirst() == " " else { return nil }
    }
    return pairs
  }
}
