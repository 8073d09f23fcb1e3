import Foundation

/// Waits for news, whatever comes first.
enum Wait {
  struct News {
    /// The number of a signal.
    var signal: Int32?
    /// True if a key can be read.
    var hasKey = false
  }

  static func news(
    from files: [Int32], signals: Int32, keys: Int32? = nil, milliseconds: Int32
  ) -> News {
    var requests = ([signals] + [keys].compactMap(\.self) + files).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    guard poll(&requests, nfds_t(requests.count), milliseconds) > 0 else {
      return News(signal: byte(from: signals))
    }
    let signal = requests[0].revents != 0 ? byte(from: signals) : nil
    return News(signal: signal, hasKey: keys != nil && requests[1].revents != 0)
  }

  private static func byte(from file: Int32) -> Int32? {
    var byte: UInt8 = 0
    return read(file, &byte, 1) == 1 ? Int32(byte) : nil
  }
}
