/// When things happened, in milliseconds from the moment the request's head had arrived.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timing {
    /// First byte of the response; `None` when none came.
    pub first_byte_ms: Option<f64>,
    /// End of the response, or of the attempt.
    pub end_ms: f64,
    /// For streams: when each piece of the body came and how long it was. Empty for other bodies.
    pub chunks: Vec<ChunkTime>,
}

/// One piece of a streamed body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChunkTime {
    /// Milliseconds from the arrival of the request's head.
    pub at_ms: f64,
    /// Bytes in this piece.
    pub bytes: u64,
}
