// Given, and not to be changed: the real network behind the exercise's protocol.
//
// URLSession speaks to a delegate, in callbacks: once for the head of an answer, once for each
// piece of its body, once for the end. Here the head becomes a continuation and the body a stream,
// as in lesson 11. With it, your answer to the exercise is a program that works:
//
//    let downloader = Downloader(limit: 4, transport: URLSessionTransport())

public import ExerciseKit
public import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Brings what is at a URL by `URLSession`.
///
/// The stream has no back-pressure: what comes faster than it is read stays in memory.
public final class URLSessionTransport: Transport {
  private let session: URLSession
  private let delegate = Delegate()

  /// Opens a session, whose connections are kept and used again.
  public init() {
    let configuration = URLSessionConfiguration.ephemeral
    // The downloader has a limit, so let this one be out of its way.
    configuration.httpMaximumConnectionsPerHost = 1000
    // A length is announced for what is sent. Compressed, that would be less than what we read.
    configuration.httpAdditionalHeaders = ["Accept-Encoding": "identity"]
    session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: nil)
  }

  deinit {
    // Until then, a session keeps its delegate and its connections.
    session.finishTasksAndInvalidate()
  }

  /// Asks for what is at a URL, following redirects, and returns when the answer begins.
  public func open(_ url: URL) async throws -> TransportResponse {
    try Task.checkCancellation()
    let task = session.dataTask(with: url)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        delegate.expect(task, answering: continuation)
        task.resume()
      }
    } onCancel: {
      delegate.cancel(task, of: session)
    }
  }
}

/// Turns callbacks into one continuation and one stream for each task.
private final class Delegate: NSObject, URLSessionDataDelegate {
  /// What a task is about to bring.
  private enum Expectation {
    case head(CheckedContinuation<TransportResponse, any Error>)
    case body(AsyncThrowingStream<Data, any Error>.Continuation)
  }

  private let expectations = Mutex<[Int: Expectation]>([:])

  func expect(
    _ task: URLSessionTask, answering head: CheckedContinuation<TransportResponse, any Error>
  ) {
    expectations.withLock { $0[task.taskIdentifier] = .head(head) }
  }

  /// Cancels a task between two callbacks, and waits until that has been taken note of.
  ///
  /// On Linux, a task that is cancelled while its last callback is under way can end the program.
  func cancel(_ task: URLSessionTask, of session: URLSession) {
    session.delegateQueue.addOperation {
      task.cancel()
      // It is asked on the queue on which cancelling goes on.
      _ = task.priority
    }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    let (body, pieces) = AsyncThrowingStream.makeStream(of: Data.self)
    // Whoever stops reading wants no more. A task that has just come to its end is left alone.
    pieces.onTermination = { [self] in
      if case .cancelled = $0 { cancel(dataTask, of: session) }
    }
    let head: CheckedContinuation<TransportResponse, any Error>? = expectations.withLock {
      guard case .head(let head)? = $0[dataTask.taskIdentifier] else { return nil }
      $0[dataTask.taskIdentifier] = .body(pieces)
      return head
    }
    let length = response.expectedContentLength
    head?.resume(
      returning: TransportResponse(
        status: (response as? HTTPURLResponse)?.statusCode ?? 200,
        expectedLength: length < 0 ? nil : Int(length), body: body))
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let expectation = expectations.withLock { $0[dataTask.taskIdentifier] }
    if case .body(let pieces)? = expectation { pieces.yield(data) }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    switch expectations.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) {
    case .head(let head): head.resume(throwing: error ?? URLError(.badServerResponse))
    case .body(let pieces): pieces.finish(throwing: error)
    case nil: break
    }
  }
}
