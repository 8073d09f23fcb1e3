import Foundation

/// One thing that `doctor` has looked at.
struct Finding: Codable, Equatable {
  enum State: String, Codable {
    case good
    /// Something does not work without it.
    case bad
    /// Only some of it does not.
    case optional
  }

  var name: String
  var state: State
  /// What was found.
  var found: String
  /// How to mend it.
  var mend: String?
}

extension Session {
  /// `doctor`: is this computer ready?
  func doctor() -> ExitCode {
    let looks: [() -> Finding] = [
      toolchain, disk, folder, build, terminal,
      {
        optional(
          "python3", for: "the programs in Python that lessons are compared with",
          from: "https://www.python.org, or your system's packages")
      },
      {
        optional(
          "redis-server", for: "the chapter on distributed queues, with a real broker",
          from: "https://redis.io, or your system's packages")
      },
    ]
    var findings: [Finding] = []
    for look in looks {
      let finding = look()
      findings.append(finding)
      if !isJSON { Output.print(lines(finding)) }
    }
    let isReady = !findings.contains { $0.state == .bad }
    if isJSON {
      Output.print(json: DoctorReport(ready: isReady, findings: findings))
    } else {
      Output.print([
        "",
        isReady
          ? "  This computer is ready." : "  Mend what is marked \(paper.cross), and ask me again.",
      ])
    }
    return isReady ? .passed : .failed
  }

  private func lines(_ finding: Finding) -> [String] {
    let mark =
      switch finding.state {
      case .good: paper.tick
      case .bad: paper.cross
      case .optional: paper.circle
      }
    let lines = paper.wrapped("\(mark) \(finding.name): \(finding.found)", hanging: "  ")
    return lines + (finding.mend.map { paper.wrapped($0, indent: "    ") } ?? [])
  }

  // MARK: - What is looked at

  private func toolchain() -> Finding {
    let needed = neededVersion
    let mend = "Install Swift \(needed) or later from https://www.swift.org/install."
    let ran = run(["swift", "--version"], limit: 30)
    let text = ran.output + ran.errors
    guard let version = text.firstMatch(of: /Swift version ([0-9]+(?:\.[0-9]+)*)/) else {
      return Finding(name: "Swift", state: .bad, found: "not found", mend: mend)
    }
    let found = String(version.1)
    let isEnough = found.compare(needed, options: .numeric) != .orderedAscending
    return Finding(
      name: "Swift", state: isEnough ? .good : .bad,
      found: isEnough ? found : "\(found), which is too old", mend: isEnough ? nil : mend)
  }

  /// "6.3", from the first line of the manifest.
  private var neededVersion: String {
    let manifest = Files.text(project.path("Package.swift")) ?? ""
    return manifest.firstMatch(of: /swift-tools-version: *([0-9.]+)/).map { String($0.1) } ?? "6.3"
  }

  private func disk() -> Finding {
    let values = try? FileManager.default.attributesOfFileSystem(forPath: project.root)
    guard let free = (values?[.systemFreeSize] as? NSNumber)?.int64Value else {
      return Finding(
        name: "Disk", state: .optional, found: "cannot tell how much is free", mend: nil)
    }
    let gigabytes = Double(free) / 1e9
    let text = "\(gigabytes.formatted(.number.precision(.fractionLength(1)))) GB free"
    return gigabytes >= 2
      ? Finding(name: "Disk", state: .good, found: text)
      : Finding(
        name: "Disk", state: .bad, found: text,
        mend: "Builds take up to 2 GB. Make room, or move the workbook to another disk.")
  }

  private func folder() -> Finding {
    do throws(SystemError) {
      let file = ".workbook/doctor-\(getpid())"
      try Files.makeFolder(project.path(".workbook"))
      try Files.write("doctor", to: project.path(file))
      unlink(project.path(file))
      return Finding(name: "Folder", state: .good, found: "progress can be kept")
    } catch {
      return Finding(
        name: "Folder", state: .bad, found: "cannot write to it: \(error)",
        mend: "Put the workbook where you may write, your home folder for instance.")
    }
  }

  private func build() -> Finding {
    guard let first = project.exercises.first else {
      return Finding(
        name: "Build", state: .bad, found: "there are no exercises",
        mend: "Take a fresh copy of the workbook.")
    }
    let judgement = judge(first)
    let seconds = judgement.seconds.formatted(.number.precision(.fractionLength(1)))
    guard case .ourFault(let reason) = judgement.verdict else {
      return Finding(
        name: "Build", state: .good, found: "exercise \(first.number) was checked in \(seconds) s")
    }
    return Finding(
      name: "Build", state: .bad, found: reason,
      mend: "Remove the folder .build and try again. Else take a fresh copy of the workbook.")
  }

  private func terminal() -> Finding {
    guard Terminal.isInteractive else {
      return Finding(
        name: "Terminal", state: .optional, found: "none; commands work, watching does not",
        mend: "Start it in a terminal to watch.")
    }
    let size = Terminal.size ?? (80, 24)
    let text = "\(size.columns) by \(size.rows)"
    if Terminal.isDumb {
      return Finding(
        name: "Terminal", state: .optional, found: "\(text), but a dumb one (TERM)",
        mend: "Everything works, line by line. Another terminal draws nicer pages.")
    }
    return size.columns >= 80 && size.rows >= 24
      ? Finding(name: "Terminal", state: .good, found: text)
      : Finding(
        name: "Terminal", state: .optional, found: "\(text), which is small",
        mend: "Make it at least 80 by 24 to see whole schedules.")
  }

  private func optional(_ program: String, for use: String, from source: String) -> Finding {
    let ran = run([program, "--version"], limit: 30)
    if case .exited(0) = ran.ending {
      let words = (ran.output + ran.errors).prefix { $0 != "\n" }.split(separator: " ").prefix(3)
      return Finding(name: program, state: .good, found: words.joined(separator: " "))
    }
    return Finding(
      name: program, state: .optional, found: "not found; it is for \(use)",
      mend: "If you want that: \(source).")
  }
}
