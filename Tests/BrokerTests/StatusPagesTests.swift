import Broker
import CheckKit
import Foundation
import Testing

@Suite("Status pages", .virtual)
struct StatusPagesTests {
  @Test("a job is an object with all that one may want to know")
  func job() async throws {
    try await explore(schedules: 3) { world in
      let place = Workplace(world)
      let pages = StatusPages(of: place.broker)
      try await place.broker.submit(Job("a 1", "sleep", payload: "1"))
      #expect(
        await pages.page("/task/a%201").body
          == #"{"id": "a 1", "name": "sleep", "state": "queued", "ready": false, "#
          + #""successful": false, "value": null, "attempts": 0, "error": null, "worker": null}"#
          + "\n")
      try await place.runUntilIdle(place.worker("ann"))
      let page = await pages.page("/task/a%201")
      #expect(page.status == 200 && page.contentType == "application/json")
      #expect(
        page.body
          == #"{"id": "a 1", "name": "sleep", "state": "succeeded", "ready": true, "#
          + #""successful": true, "value": 1, "attempts": 1, "error": null, "worker": "ann"}"#
          + "\n")
    }
  }

  @Test("whatever is in a job, the page is JSON")
  func escapes() async throws {
    try await explore(schedules: 2) { world in
      let place = Workplace(world)
      let odd = "a\"\\\n\u{1}é"
      try await place.broker.submit(Job(odd, "sleep"))
      let delivery = try #require(try await place.take().first)
      try await place.broker.settle(delivery, .succeeded("not \"JSON"))
      let pages = StatusPages(of: place.broker)
      let path = odd.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
      for page in [await pages.page("/task/" + path), await pages.page("/tasks")] {
        #expect(page.status == 200)
        #expect((try? JSONSerialization.jsonObject(with: Data(page.body.utf8))) != nil)
        #expect(page.body.contains("not \\\"JSON"))
      }
    }
  }

  @Test("metrics count everything, in Prometheus's format")
  func metrics() async throws {
    try await explore(schedules: 2) { world in
      let place = Workplace(world)
      try await place.broker.submit(Job("a", "sleep", payload: "1"))
      try await place.broker.submit(Job("b", "picky", payload: "\"no\""))
      try await place.broker.submit(Job("c", "sleep"), after: .seconds(500))
      try await place.broker.beat("ann", for: .seconds(100))
      for delivery in try await place.take(2) {
        let isDone = delivery.job.id == "a"
        try await place.broker.settle(delivery, isDone ? .succeeded("1") : .failed("no"))
      }
      let page = await StatusPages(of: place.broker).page("/metrics")
      #expect(page.contentType.hasPrefix("text/plain; version=0.0.4"))
      for line in [
        "jobs_submitted_total 3", "jobs_succeeded_total 1", "jobs_failed_total 1",
        "jobs{state=\"waiting\"} 1", "jobs{state=\"queued\"} 0", "workers 1",
      ] {
        #expect(page.body.contains("\n\(line)\n"), "\(line)")
      }
      // A comment, or a name, labels perhaps, and a number; at the end a new line.
      for line in page.body.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
        let isLine = line.wholeMatch(of: /# (HELP|TYPE) .+|[a-z_]+(\{[a-z]+="[a-z]+"\})? [0-9]+/)
        #expect(isLine != nil, "\(line)")
      }
    }
  }

  @Test("what is not there is 404, what cannot be reached is 503")
  func errors() async throws {
    try await explore(schedules: 2) { world in
      let place = Workplace(world)
      let cable = BrokerCable(to: place.broker)
      let pages = StatusPages(of: cable)
      #expect(await pages.page("/task/unknown").status == 404)
      #expect(await pages.page("/task/").status == 404)
      #expect(await pages.page("/nowhere").status == 404)
      #expect(await pages.page("/tasks", method: "POST").status == 405)
      #expect(await pages.page("/tasks").body == "[]\n")
      #expect(await pages.page("/healthz").status == 200)
      cable.cut()
      for path in ["/healthz", "/metrics", "/tasks", "/task/a"] {
        let page = await pages.page(path)
        #expect(page.status == 503 && page.body.contains("the cable is cut"))
      }
    }
  }
}
