import Simulation
let clock = SuspendingClock()
func five(_ world: World) async {
  await withTaskGroup(of: Void.self) { g in for i in 0..<5 { g.addTask { try? await Task.sleep(for: .milliseconds(10 * i)); await Task.yield(); try? await Task.sleep(for: .milliseconds(10)) } } }
}
for _ in 0..<3 {
let t0 = clock.now
let e = await Simulation.explore { w in await five(w) }
print("200 schedules", t0.duration(to: clock.now), e.problem ?? "ok")
let t1 = clock.now
var o = Simulation.Options(strategy: .random); o.maximumSteps = 10_000_000
let r = await Simulation.run(seed: 1, options: o) { w in
  await withTaskGroup(of: Void.self) { g in for _ in 0..<10 { g.addTask { for _ in 0..<100_000 { await Task.yield() } } } }
}
let s = t1.duration(to: clock.now) / .seconds(1)
print("steps", r.steps, "per second", Double(r.steps) / s, r.verdict)
let t2 = clock.now
let r2 = await Simulation.run(seed: 1, options: o) { w in
  await withTaskGroup(of: Void.self) { g in for i in 0..<10_000 { g.addTask { try? await Task.sleep(for: .microseconds(i * 7919 % 100_000)) } } }
}
let s2 = t2.duration(to: clock.now) / .seconds(1)
print("100k sleepers", s2, Double(r2.steps) / s2)
}
