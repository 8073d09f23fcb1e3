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

  private static let style = """
    svg { font: 13px ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
    .title { font-size: 20px; font-weight: 600; }
    .scene { font-size: 15px; font-weight: 600; }
    .tick, .inside { font-size: 11px; }
    .sign { font-size: 12px; text-anchor: middle; }
    .hatched { fill: url(#waiting); }
    .hatch { fill-opacity: 0.55; }
    \(SVGPalette.light.rules)
    @media (prefers-color-scheme: dark) {
    \(SVGPalette.dark.rules)
    }
    """
}

/// The colours of a file, which follow the reader's theme.
///
/// Plain rules instead of custom properties: not every program that shows SVG knows those.
private struct SVGPalette {
  var ink: String
  var paper: String
  var faint: String
  var grid: String
  var alarm: String
  var lanes: [String]

  static let light = SVGPalette(
    ink: "#1d2733", paper: "#ffffff", faint: "#5d6b7a", grid: "#dde3ea", alarm: "#c62828",
    lanes: ["#2f7ed8", "#2e8b5e", "#b5730c", "#8a5cd1", "#c2528b"])
  static let dark = SVGPalette(
    ink: "#e4e9ef", paper: "#14181d", faint: "#98a5b3", grid: "#2c343d", alarm: "#ff7a70",
    lanes: ["#5aa2f0", "#4fc08d", "#e0a94a", "#ab86ea", "#e07fb0"])

  var rules: String {
    let lanes = lanes.enumerated().map { ".lane\($0) { fill: \($1); }" }
    return """
      svg { color: \(ink); } text, .hatch { fill: currentColor; }
      .caption, .faint, .tick { fill: \(faint); } .grid { stroke: \(grid); }
      .paper, .inside, .sign { fill: \(paper); } .edge { stroke: \(paper); }
      .mark { fill: \(ink); } .alarm { fill: \(alarm); }
      \(lanes.joined(separator: " "))
      """
  }
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
