use super::talk::Talk;
use crate::exchange::{Headers, SocketKind, SocketPayload, SocketPeer, TransportErrorKind};
use crate::net::websocket::{Deflated, Frames, MOST_KEPT, Whole};
use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;

/// The examples of RFC 6455, section 5.7, and RFC 7692, section 7.2.3.
const HELLO: &[u8] = b"\x81\x05Hello";
const MASKED_HELLO: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
const FRAGMENTED: &[u8] = b"\x01\x03Hel\x89\x05Hello\x80\x02lo";
const DEFLATED: &[u8] = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00";
const DEFLATED_AGAIN: &[u8] = b"\xc1\x05\xf2\x00\x11\x00\x00";
const DEFLATED_FRAGMENTS: &[u8] = b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00";
const STORED: &[u8] = b"\xc1\x0b\x00\x05\x00\xfa\xffHello\x00";
const FINAL_BLOCK: &[u8] = b"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00";
const TWO_BLOCKS: &[u8] = b"\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00";

fn deflated(parameters: &str) -> Option<Deflated> {
    let value = format!("permessage-deflate; {parameters}");
    Deflated::of(&Headers::from([("Sec-WebSocket-Extensions", value.as_str())]))
}

/// What one direction says, handed over in pieces of this size; with the fault that ended it.
fn read(
    bytes: &[u8],
    piece: usize,
    deflated: Option<Deflated>,
) -> (Vec<Whole>, Option<&'static str>) {
    let (mut frames, mut got) = (Frames::new(SocketPeer::Server, deflated), Vec::new());
    for piece in bytes.chunks(piece) {
        if let Err(fault) = frames.push(piece, |whole| got.push(whole)) {
            assert!(frames.push(HELLO, |_| panic!("read on after a fault")).is_ok());
            return (got, Some(fault));
        }
    }
    (got, None)
}

fn kept(kind: SocketKind, text: &str, compressed: bool) -> Whole {
    let payload = SocketPayload::Kept(text.to_owned().into());
    Whole { kind, code: None, payload, compressed }
}

#[test]
fn the_examples_of_the_standard_in_pieces_of_every_size() {
    let hello = kept(SocketKind::Text, "Hello", false);
    let deflated_hello = kept(SocketKind::Text, "Hello", true);
    let ping = kept(SocketKind::Ping, "Hello", false);
    let masked_pong = b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    for size in 1..20 {
        let plain = |bytes| read(bytes, size, None);
        assert_eq!(plain(HELLO), (vec![hello.clone()], None));
        assert_eq!(plain(MASKED_HELLO), (vec![hello.clone()], None));
        assert_eq!(plain(FRAGMENTED), (vec![ping.clone(), hello.clone()], None));
        assert_eq!(plain(masked_pong), (vec![kept(SocketKind::Pong, "Hello", false)], None));
        for sent in [DEFLATED, DEFLATED_FRAGMENTS, STORED, FINAL_BLOCK, TWO_BLOCKS] {
            let one = read(sent, size, deflated(""));
            assert_eq!(one, (vec![deflated_hello.clone()], None), "{sent:x?}");
        }
        let both = [DEFLATED, DEFLATED_AGAIN].concat();
        let twice = vec![deflated_hello.clone(), deflated_hello.clone()];
        assert_eq!(read(&both, size, deflated("")), (twice, None));
    }
}

#[test]
fn a_sender_without_context_begins_anew() {
    let again = [DEFLATED, DEFLATED].concat();
    let given = deflated("server_no_context_takeover; client_max_window_bits=12");
    assert_eq!(read(&again, 4, given).0.len(), 2);
    // A block of a type that there is none of.
    let broken = [DEFLATED, b"\xc1\x02\x06\x00"].concat();
    let (got, fault) = read(&broken, 100, given);
    assert_eq!((got.len(), fault), (1, Some("a compressed message can't be inflated")));
    assert_eq!(Deflated::of(&Headers::from([("Sec-WebSocket-Extensions", "x-other; a=1")])), None);
}

#[test]
fn long_frames_are_counted_and_not_kept() {
    for (length, wide) in [(256, false), (65_536, true), (MOST_KEPT, true), (MOST_KEPT + 1, true)] {
        let mut wire = vec![0x82, if wide { 127 } else { 126 }];
        let digits = (length as u64).to_be_bytes();
        wire.extend_from_slice(if wide { &digits } else { &digits[6..] });
        wire.resize(wire.len() + length, b'x');
        wire.extend_from_slice(HELLO);
        let (got, fault) = read(&wire, 4000, None);
        assert_eq!((got.len(), fault), (2, None));
        let expected = if length > MOST_KEPT {
            SocketPayload::Omitted(length as u64)
        } else {
            SocketPayload::Kept(vec![b'x'; length].into())
        };
        assert!(got[0].payload == expected, "{length}");
    }
}

/// Messages as a sender of RFC 7692 compresses them, each in one frame.
fn compressed(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut stream = Compress::new(Compression::default(), false);
    let mut wire = Vec::new();
    for message in messages {
        let mut out = Vec::with_capacity(message.len() + 1024);
        stream.compress_vec(message, &mut out, FlushCompress::Sync).unwrap();
        out.truncate(out.len() - 4);
        wire.extend_from_slice(&[0xc2, 127]);
        wire.extend_from_slice(&(out.len() as u64).to_be_bytes());
        wire.extend_from_slice(&out);
    }
    wire
}

#[test]
fn what_inflates_to_too_much_is_counted_and_at_last_given_up() {
    let wire = compressed(&[vec![b'x'; 3 << 20], b"after".to_vec()]);
    let (got, fault) = read(&wire, 1000, deflated(""));
    assert_eq!((got.len(), fault), (2, None));
    assert_eq!(got[0].payload, SocketPayload::Omitted(3 << 20));
    assert_eq!(got[1].payload, SocketPayload::Kept("after".into()));
    let (got, fault) = read(&compressed(&[vec![b'x'; 65 << 20]]), 1000, deflated(""));
    assert_eq!((got.len(), fault), (0, Some("a compressed message is too large to be inflated")));
}

#[test]
fn what_is_no_frame_ends_the_reading() {
    for (wire, why) in [
        (&b"\x83\x00"[..], "reserved opcode"),
        (b"\x91\x00", "reserved bits"),
        (b"\xc1\x00", "not agreed on"),
        (b"\x80\x00", "begins with a continuation"),
        (b"\x01\x00\x81\x00", "within another"),
        (b"\x09\x00", "fragmented or too long"),
        (b"\x89\x7e\x00\x7e", "fragmented or too long"),
        (b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "impossible length"),
    ] {
        let (got, fault) = read(wire, 1, None);
        assert!(got.is_empty() && fault.unwrap().contains(why), "{wire:x?}: {fault:?}");
    }
    assert_eq!(read(b"\xc9\x00", 1, deflated("")).1, Some("a control frame has reserved bits"));
}

#[test]
fn a_close_frame_is_the_last() {
    let (got, fault) = read(b"\x88\x05\x03\xe8bye\x81\x01xgarbage", 1, None);
    let payload = SocketPayload::Kept("bye".into());
    let close = Whole { kind: SocketKind::Close, code: Some(1000), payload, compressed: false };
    assert_eq!((got, fault), (vec![close], None));
    let (got, _) = read(b"\x88\x00", 1, None);
    assert_eq!(got, [kept(SocketKind::Close, "", false)]);
}

fn talk() -> Talk {
    Talk::of(&Headers::from([("Upgrade", "WebSocket")])).unwrap()
}

#[test]
fn only_both_goodbyes_are_an_end() {
    assert!(Talk::of(&Headers::from([("Upgrade", "chat/1")])).is_none());
    let close = b"\x88\x02\x03\xe8";
    let mut talk = talk();
    talk.push(SocketPeer::Client, close, 1.0);
    let kind = |talk: &Talk, first| talk.failure(first).map(|error| error.kind);
    assert_eq!(kind(&talk, SocketPeer::Server), Some(TransportErrorKind::Reset));
    assert_eq!(kind(&talk, SocketPeer::Client), Some(TransportErrorKind::ClientGone));
    talk.push(SocketPeer::Server, close, 2.0);
    assert!(talk.is_closed() && kind(&talk, SocketPeer::Client).is_none());
    let messages = talk.into_messages();
    let told: Vec<_> = messages.iter().map(|said| (said.from, said.at_ms, said.code)).collect();
    let expected = [(SocketPeer::Client, 1.0, Some(1000)), (SocketPeer::Server, 2.0, Some(1000))];
    assert_eq!(told, expected);
}

#[test]
fn what_can_t_be_read_is_told_and_the_other_side_read_on() {
    let mut talk = talk();
    talk.push(SocketPeer::Server, b"\x81\x02hi\x83", 1.0);
    talk.push(SocketPeer::Server, b"\x00", 2.0);
    talk.push(SocketPeer::Client, MASKED_HELLO, 3.0);
    talk.push(SocketPeer::Client, b"\x01\x03ab", 4.0);
    talk.end(SocketPeer::Client, 5.0);
    assert_eq!(talk.failure(SocketPeer::Client), None);
    let told: Vec<_> = talk
        .into_messages()
        .iter()
        .map(|said| format!("{} {}", said.from.as_str(), said.text().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            "server hi",
            "server a frame has a reserved opcode",
            "client Hello",
            "client the connection ended within a message",
        ]
    );
}

#[test]
fn what_is_kept_is_bounded() {
    let mut many = talk();
    many.push(SocketPeer::Server, &b"\x89\x00".repeat(300_000), 0.0);
    assert!(many.has_omitted());
    let messages = many.into_messages();
    assert_eq!(messages.len(), 100_000);
    assert_eq!(messages.last().unwrap().text(), Some("too many messages"));
    // Escapes of JSON count as what they take.
    let mut long = talk();
    let mut wire = vec![0x81, 127];
    wire.extend_from_slice(&(1_u64 << 20).to_be_bytes());
    wire.resize(wire.len() + (1 << 20), 1);
    for _ in 0..10 {
        long.push(SocketPeer::Server, &wire, 0.0);
    }
    let is_kept = |said: &&crate::exchange::SocketMessage| said.text().is_some();
    let messages = long.into_messages();
    assert_eq!((messages.len(), messages.iter().filter(is_kept).count()), (10, 2));
}

proptest! {
    #[test]
    fn compressed_messages_come_back(
        messages in prop::collection::vec(prop::collection::vec(0_u8..4, 1..3000), 1..6),
        piece in 1_usize..5000,
    ) {
        let (got, fault) = read(&compressed(&messages), piece, deflated(""));
        prop_assert_eq!(fault, None);
        let got: Vec<_> = got.into_iter().map(|whole| whole.payload).collect();
        let sent: Vec<_> = messages.into_iter().map(|m| SocketPayload::Kept(m.into())).collect();
        prop_assert_eq!(got, sent);
    }

    #[test]
    fn garbage_is_read_without_a_panic(bytes: Vec<u8>, piece in 1_usize..50, packed: bool) {
        read(&bytes, piece, if packed { deflated("") } else { None });
    }
}
