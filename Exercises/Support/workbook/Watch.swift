extension Session {
  func watch() throws(Arguments.Fault) -> ExitCode { try check() }
}
