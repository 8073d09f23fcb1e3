/// What exercise 01 is about: a kitchen in which several things can go on at the same time.
public protocol Kitchen: Sendable {
  /// Does one step of the recipe, and returns when it is done. The task suspends meanwhile.
  func perform(_ step: BreakfastStep) async throws
}

/// The steps of a breakfast.
public enum BreakfastStep: String, CaseIterable, Sendable, CustomStringConvertible {
  case boilWater = "boil water"
  case brewCoffee = "brew coffee"
  case heatPan = "heat pan"
  case fryEggs = "fry eggs"
  case fryBacon = "fry bacon"
  case toastBread = "toast bread"
  case butterToast = "butter toast"
  case fillPlate = "fill plate"
  case serve = "serve"

  /// What has to be done before this step begins.
  public var needs: Set<BreakfastStep> {
    switch self {
    case .boilWater, .heatPan, .toastBread: []
    case .brewCoffee: [.boilWater]
    case .fryEggs, .fryBacon: [.heatPan]
    case .butterToast: [.toastBread]
    case .fillPlate: [.fryEggs, .fryBacon, .butterToast]
    case .serve: [.fillPlate, .brewCoffee]
    }
  }

  /// Two words, as a cook says it.
  public var description: String { rawValue }
}
