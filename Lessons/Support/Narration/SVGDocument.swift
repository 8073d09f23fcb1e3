/// Draws scenes as one SVG file that needs nothing else: its colours follow the reader's theme.
struct SVGDocument {
  private static let width = 960
  private static let margin = 24

  let title: String
  let scenes: [SceneRecord]

  init(title: String, _ scenes: [SceneRecord]) {
    self.title = title
    self.scenes = scenes
  }

  var text: String {
    var body = ""
    var y = Self.margin + 22
    body += element("text", ["class": "title", "x": "\(Self.margin)", "y": "\(y)"], title)
    y += 18
    for scene in scenes {
      y += 34
      body += element("text", ["class": "scene", "x": "\(Self.margin)", "y": "\(y)"], scene.title)
      y += 12
      if scene.figures.isEmpty {
        y += 14
        body += element(
          "text", ["class": "faint", "x": "\(Self.margin)", "y": "\(y)"], "Nothing was drawn.")
      }
      for figure in scene.figures {
        if let caption = figure.caption {
          y += 16
          body += element(
            "text", ["class": "caption", "x": "\(Self.margin)", "y": "\(y)"], caption)
          y += 8
        }
        let drawing = SVGTimeline(
          figure.timeline, left: Self.margin, top: y, width: Self.width - 2 * Self.margin)
        body += "<g>\n\(drawing.body)</g>\n"
        y += drawing.height + 12
      }
    }
    let height = y + Self.margin
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.width) \(height)" \
      width="\(Self.width)" height="\(height)" role="img">
      <title>\(title.xml)</title>
      <style>
      \(Self.style)
      </style>
      <defs>
      <pattern id="waiting" width="6" height="6" patternUnits="userSpaceOnUse" \
      patternTransform="rotate(45)"><rect width="2" height="6" class="hatch"/></pattern>
      </defs>
      <rect class="paper" width="100%" height="100%"/>
      \(body)</svg>

      """
  }

  /// Light by default, dark where the reader prefers that.
  private static let style = """
    svg { color: #1d2733; --paper: #ffffff; --faint: #5d6b7a; --line: #dde3ea; --alarm: #c62828;
      --lane0: #2f7ed8; --lane1: #2e9e6b; --lane2: #c7851a; --lane3: #8a5cd1; --lane4: #c2528b;
      font: 13px ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
    @media (prefers-color-scheme: dark) {
      svg { color: #e4e9ef; --paper: #14181d; --faint: #98a5b3; --line: #2c343d; --alarm: #ff7a70;
        --lane0: #5aa2f0; --lane1: #4fc08d; --lane2: #e0a94a; --lane3: #ab86ea; --lane4: #e07fb0; }
    }
    text { fill: currentColor; }
    .title { font-size: 20px; font-weight: 600; }
    .scene { font-size: 15px; font-weight: 600; }
    .caption, .faint, .tick { fill: var(--faint); }
    .tick, .inside { font-size: 11px; }
    .inside { fill: var(--paper); }
    .paper { fill: var(--paper); }
    .grid { stroke: var(--line); }
    .lane0 { fill: var(--lane0); stroke: var(--lane0); }
    .lane1 { fill: var(--lane1); stroke: var(--lane1); }
    .lane2 { fill: var(--lane2); stroke: var(--lane2); }
    .lane3 { fill: var(--lane3); stroke: var(--lane3); }
    .lane4 { fill: var(--lane4); stroke: var(--lane4); }
    .waiting { fill: var(--paper); }
    .hatched { fill: url(#waiting); stroke: none; }
    .hatch { fill: currentColor; fill-opacity: 0.45; }
    .failed { fill: var(--alarm); stroke: none; }
    .sign { font-size: 12px; text-anchor: middle; }
    .mark { fill: currentColor; stroke: var(--paper); }
    """
}

/// An element without children but text, its attributes in the order of their names.
func element(_ name: String, _ attributes: [String: String], _ text: String = "") -> String {
  let list = attributes.sorted { $0.key < $1.key }.map { " \($0.key)=\"\($0.value.xml)\"" }
  return "<\(name)\(list.joined())>\(text.xml)</\(name)>\n"
}

extension String {
  /// Itself as XML text, or as the value of an attribute.
  var xml: String {
    withoutControls().unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "\u{FFFE}", "\u{FFFF}": text += "?"  // Not allowed in XML, even escaped.
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
