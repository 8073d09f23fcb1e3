struct SVGDocument { init(title: String, _ r: [SceneRecord]) {}; var text: String { "" } }
