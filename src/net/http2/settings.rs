//! How much of a connection one side may take: bounds of memory and of work.

use std::time::Duration;

/// Most streams at once on one connection.
pub const STREAMS: u32 = 128;
/// Bytes of a stream that may be on their way to us unread.
const STREAM_WINDOW: u32 = 128 * 1024;
/// The same for all streams of a connection: streams that nobody reads do not hold up the others.
const CONNECTION_WINDOW: u32 = STREAMS * STREAM_WINDOW;
/// Most bytes of a stream that wait to be written.
const SEND_BUFFER: usize = 128 * 1024;
/// Streams that a peer may reset before they were looked at (rapid reset), and streams that may be
/// reset for its mistakes, before the connection is given up.
const RESETS: (usize, usize) = (32, 256);
/// How long a stream that we reset is remembered.
const REMEMBERED: Duration = Duration::from_secs(5);

/// Towards clients; a head may have `head` bytes.
pub fn server(head: usize) -> h2::server::Builder {
    let mut builder = h2::server::Builder::new();
    builder
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(head).unwrap_or(u32::MAX))
        .max_send_buffer_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(RESETS.0)
        .max_local_error_reset_streams(Some(RESETS.1))
        .reset_stream_duration(REMEMBERED);
    builder
}

/// Towards upstreams; a head may have `head` bytes.
pub fn client(head: usize) -> h2::client::Builder {
    let mut builder = h2::client::Builder::new();
    builder
        .enable_push(false)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(u32::try_from(head).unwrap_or(u32::MAX))
        .max_send_buffer_size(SEND_BUFFER)
        .max_local_error_reset_streams(Some(RESETS.1))
        .reset_stream_duration(REMEMBERED);
    builder
}
