struct TraceEvents { init(title: String, _ r: [SceneRecord]) {}; var json: String { "" } }
