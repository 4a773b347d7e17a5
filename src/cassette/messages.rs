//! The messages of a WebSocket as they stand in a record.

use super::decode::{RecordError, value_error};
use crate::exchange::{SocketKind, SocketMessage, SocketPayload, SocketPeer};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::borrow::Cow;

/// A message: with its payload as exactly one of `text`, `base64` and `bytes`, their number.
#[derive(Debug, serde::Deserialize)]
pub(super) struct MessageRecord<'a> {
    #[serde(borrow)]
    from: Cow<'a, str>,
    #[serde(default)]
    at_ms: f64,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(default)]
    code: Option<u16>,
    #[serde(default)]
    compressed: bool,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    base64: Option<Cow<'a, str>>,
    #[serde(default)]
    bytes: Option<u64>,
}

impl MessageRecord<'_> {
    pub(super) fn message(self) -> Result<SocketMessage, RecordError> {
        let from = SocketPeer::parse(&self.from)
            .ok_or_else(|| value_error("messages.from", &self.from, "`client` or `server`"))?;
        let kind = SocketKind::parse(&self.kind).ok_or_else(|| {
            let kinds = "text, binary, ping, pong, close or unread";
            value_error("messages.type", &self.kind, kinds)
        })?;
        let payload = match (self.text, self.base64, self.bytes) {
            (Some(text), None, None) => SocketPayload::Kept(text.into_owned().into()),
            (None, Some(text), None) => {
                let bytes = BASE64_STANDARD.decode(text.as_bytes());
                let bytes = bytes.map_err(|_| value_error("messages.base64", &text, "base64"))?;
                SocketPayload::Kept(bytes.into())
            }
            (None, None, Some(bytes)) => SocketPayload::Omitted(bytes),
            _ => {
                let one = "one of `text`, `base64` and `bytes`";
                return Err(value_error("messages", &self.kind, one));
            }
        };
        let (at_ms, compressed) = (self.at_ms, self.compressed);
        Ok(SocketMessage { from, at_ms, kind, code: self.code, payload, compressed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::redact::Policy;
    use crate::cassette::{CassetteHeader, Mode, Redactor, Writer, audit, read};
    use crate::exchange::{Exchange, ExchangeNumber, Request, Response, Source, Timing};

    const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

    fn message(kind: SocketKind, payload: &[u8]) -> SocketMessage {
        let code = (kind == SocketKind::Close).then_some(1001);
        let payload = SocketPayload::Kept(payload.to_vec().into());
        let from = SocketPeer::Client;
        SocketMessage { from, at_ms: 12.345, kind, code, payload, compressed: code.is_none() }
    }

    fn exchange(messages: Vec<SocketMessage>) -> Exchange {
        Exchange {
            interim: Vec::new(),
            number: ExchangeNumber(1),
            at: "2026-11-20T10:00:00.123Z".parse().unwrap(),
            source: Source::Live,
            request: Request { target: "http://h/ws".to_owned(), ..Request::default() },
            response: Some(Response { status: 101, ..Response::default() }),
            timing: Timing::default(),
            error: None,
            redacted: Vec::new(),
            messages,
            digest: None,
        }
    }

    fn written(exchanges: &[Exchange]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.cassette");
        let writer = Writer::open(&path, &CassetteHeader::new("c"), Mode::Once).unwrap();
        let redactor = Redactor::default();
        for exchange in exchanges {
            writer
                .append_checked(redactor.redact(exchange.clone()), Vec::new(), &redactor)
                .unwrap();
        }
        writer.seal().unwrap();
        (folder, path)
    }

    #[test]
    fn messages_come_back_as_they_were() {
        let mut omitted = message(SocketKind::Binary, b"");
        (omitted.from, omitted.payload) = (SocketPeer::Server, SocketPayload::Omitted(5_000_000));
        let messages = vec![
            message(SocketKind::Text, "é \"quoted\"\n\u{1}".as_bytes()),
            message(SocketKind::Text, b"\xff no text"),
            message(SocketKind::Binary, b"\0\x01"),
            message(SocketKind::Ping, b""),
            message(SocketKind::Close, b"bye"),
            message(SocketKind::Unread, b"why"),
            omitted,
        ];
        let (_folder, path) = written(&[exchange(messages.clone()), exchange(Vec::new())]);
        let cassette = read(&path).unwrap();
        assert!(cassette.warnings.is_empty(), "{:?}", cassette.warnings);
        let [with, without] = cassette.exchanges.as_slice() else { panic!("two") };
        assert_eq!((&with.messages, &without.messages), (&messages, &Vec::new()));
        assert_eq!((with.source, without.source), (Source::Live, Source::Live));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches("\"messages\"").count(), 1);
        // Each part of a message counts.
        for (from, to) in
            [("\"bye\"", "\"by\""), ("1001", "1000"), ("5000000", "1"), ("\"ping\"", "\"pong\"")]
        {
            std::fs::write(&path, text.replace(from, to)).unwrap();
            assert_eq!(read(&path).unwrap().exchanges[0].source, Source::Edited, "{to}");
        }
        for (from, to) in [
            ("\"ping\"", "\"pint\""),
            ("\"from\": \"server\"", "\"from\": \"somebody\""),
            ("\"bytes\": 5000000", "\"bytes\": 5, \"text\": \"\""),
            (", \"bytes\": 5000000", ""),
            ("\"base64\": \"AAE=\"", "\"base64\": \"?\""),
        ] {
            std::fs::write(&path, text.replace(from, to)).unwrap();
            assert!(read(&path).is_err(), "{to}");
        }
    }

    #[test]
    fn no_messages_leave_the_digest_as_it_was() {
        // Computed from the description in `docs/cassette-format.md`, without messages.
        let digest = exchange(Vec::new()).content_digest().to_string();
        assert_eq!(
            digest,
            "sha256:0dddd4f079577fd178651de34fc953d6b4486fc7fa1d16980d6609db2f439227"
        );
    }

    #[test]
    fn secrets_go_from_messages_even_late() {
        let said = |text: &str| exchange(vec![message(SocketKind::Text, text.as_bytes())]);
        let binary = [b"\0\xff ".as_slice(), TOKEN.as_bytes()].concat();
        let (_folder, path) = written(&[
            said("plain hunter2-correct-horse here"),
            exchange(vec![message(SocketKind::Ping, b"x"), message(SocketKind::Binary, &binary)]),
            // Only now is it known.
            said("{\"password\":\"hunter2-correct-horse\"}"),
        ]);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("hunter2") && !text.contains(&BASE64_STANDARD.encode(&binary)));
        let exchanges = read(&path).unwrap().exchanges;
        let SocketPayload::Kept(late) = &exchanges[0].messages[0].payload else { panic!("kept") };
        assert!(late.starts_with(b"plain {{secret:"), "{late:?}");
        assert_eq!(exchanges[0].redacted[0].at, "/messages/0");
        assert_eq!(exchanges[1].redacted[0].at, "/messages/1");
        assert!(audit(&path, &Policy::default()).unwrap().finds.is_empty());
        let shifted = crate::cassette::raised(exchanges[0].clone(), 40);
        let SocketPayload::Kept(shifted) = &shifted.messages[0].payload else { panic!("kept") };
        assert!(shifted.starts_with(b"plain {{secret:4"), "{shifted:?}");
        // What somebody put back is found.
        std::fs::write(&path, text.replace("plain {{secret", &format!("{TOKEN} {{{{secret")))
            .unwrap();
        let finds = audit(&path, &Policy::default()).unwrap().finds;
        assert_eq!(finds[0].at, "/messages/0");
    }
}
