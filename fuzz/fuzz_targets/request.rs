//! A request off the wire: head, framing, body. Whatever comes, nothing panics; the cuts at which
//! it comes make no difference; and a head that is passed on is read by the next one as the same.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use testimony::net::{BodyDecoder, Crossing, Decoded, Framing, RequestHead, Way, write_crossing};

fuzz_target!(|input: (&[u8], u8)| {
    let (wire, step) = input;
    let mut whole = BytesMut::from(wire);
    let Ok(Some(head)) = RequestHead::take(&mut whole) else { return };
    // In pieces it is the same head.
    let mut buffer = BytesMut::new();
    let mut pieces = wire.chunks(usize::from(step) + 1);
    let again = loop {
        buffer.extend_from_slice(pieces.next().expect("the head was whole before"));
        if let Some(head) = RequestHead::take(&mut buffer).expect("it was a head before") {
            break head;
        }
    };
    pieces.for_each(|piece| buffer.extend_from_slice(piece));
    assert_eq!((&head.method, &head.target), (&again.method, &again.target));
    assert_eq!(head.headers, again.headers);
    assert_eq!(whole, buffer);
    // Who gets it after us reads the same, and sees no request that we did not see.
    let crossing = Crossing::of(&head.headers, Way::Request);
    let mut passed = format!("{} {} {}\r\n", head.method, head.target, head.version).into_bytes();
    write_crossing(&mut passed, &head.headers, &head.lines, &crossing);
    let mut passed = BytesMut::from(&passed[..]);
    let next = RequestHead::take(&mut passed).expect("what we pass on is a head").expect("whole");
    assert!(passed.is_empty());
    assert_eq!((&head.method, &head.target), (&next.method, &next.target));
    assert!(next.headers.len() <= head.headers.len());
    let framing = Framing::of_request(&head);
    if let Ok(framing) = framing {
        assert_eq!(Framing::of_request(&next), Ok(framing), "framed otherwise by the next");
        let mut decoder = BodyDecoder::new(framing);
        while let Ok(Decoded::Piece(piece)) = decoder.decode(&mut whole) {
            assert!(!piece.is_empty());
        }
    }
});
