//! A response off the wire, and the body after it in pieces of any length.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use testimony::exchange::{Body, Response};
use testimony::net::{BodyDecoder, Decoded, Framing, Reply, ResponseHead};

const METHODS: [&str; 3] = ["GET", "HEAD", "POST"];

fuzz_target!(|input: (&[u8], u8, u8)| {
    let (wire, method, step) = input;
    let method = METHODS[usize::from(method) % METHODS.len()];
    let mut buffer = BytesMut::from(wire);
    let Ok(Some(head)) = ResponseHead::take(&mut buffer) else { return };
    let Ok(framing) = Framing::of_response(method, &head) else { return };
    let whole = decoded(framing, &buffer, usize::MAX);
    assert_eq!(whole, decoded(framing, &buffer, usize::from(step) + 1), "the cuts matter");
    let Some((body, true)) = whole else { return };
    // What a replayer would serve of it is a response with the same status and body.
    let response = Response {
        status: head.status,
        reason: head.reason.clone(),
        version: head.version,
        headers: head.headers.clone(),
        body: Body::from_bytes(body.clone()),
        ..Response::default()
    };
    let reply = Reply::of(&response, method);
    let mut bytes = BytesMut::from(&reply.bytes[..]);
    let served = ResponseHead::take(&mut bytes).expect("what we serve is a head").expect("whole");
    assert_eq!(served.status, head.status);
    let framing = Framing::of_response(method, &served).expect("with a length that can be told");
    if framing != Framing::Empty {
        assert_eq!(decoded(framing, &bytes, usize::MAX), Some((body, true)));
    }
});

/// The body in `wire`, read in pieces of `step` bytes, and whether it is whole.
fn decoded(framing: Framing, wire: &[u8], step: usize) -> Option<(Vec<u8>, bool)> {
    let mut decoder = BodyDecoder::new(framing);
    let (mut buffer, mut body) = (BytesMut::new(), Vec::new());
    let mut pieces = wire.chunks(step.clamp(1, wire.len().max(1)));
    loop {
        match decoder.decode(&mut buffer).ok()? {
            Decoded::Piece(piece) => body.extend_from_slice(&piece),
            Decoded::More => match pieces.next() {
                Some(piece) => buffer.extend_from_slice(piece),
                None => return Some((body, decoder.ends_with_connection())),
            },
            Decoded::End => return Some((body, true)),
        }
    }
}
