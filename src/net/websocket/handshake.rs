//! A recorded answer to a client that opens a WebSocket anew (RFC 6455, section 4.2).

use super::Deflated;
use crate::exchange::{Headers, Response};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha1::{Digest as _, Sha1};

const KEY: &str = "sec-websocket-key";
const ACCEPT: &str = "Sec-WebSocket-Accept";
const EXTENSIONS: &str = "Sec-WebSocket-Extensions";
const PROTOCOL: &str = "Sec-WebSocket-Protocol";
const DEFLATE: &str = "permessage-deflate";
/// What a server adds to a client's key (RFC 6455, section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What of a client's request decides on the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    accept: String,
    /// The parameters of each offer to compress.
    offers: Vec<Vec<String>>,
    protocols: Vec<String>,
}

impl Handshake {
    /// Of a request with these fields; `None` where it opens no WebSocket.
    pub fn of(headers: &Headers) -> Option<Self> {
        let key = headers.first(KEY)?;
        if !headers.has_token("upgrade", "websocket") {
            return None;
        }
        let digest = Sha1::new().chain_update(key.trim_ascii()).chain_update(GUID).finalize();
        let offers = items(headers, EXTENSIONS).into_iter().filter_map(|item| {
            let mut words = item.split(';').map(|word| word.trim().to_ascii_lowercase());
            (words.next()? == DEFLATE).then(|| words.collect())
        });
        Some(Self {
            accept: BASE64_STANDARD.encode(digest),
            offers: offers.collect(),
            protocols: items(headers, PROTOCOL),
        })
    }

    /// The recorded response 101 for this client: with the digest of its key, and of extension and
    /// protocol only what it offers.
    pub fn answer(&self, recorded: &Response) -> Response {
        let mut response = recorded.clone();
        let headers = &mut response.headers;
        headers.set(ACCEPT, &self.accept);
        let offered = |protocol: &[u8]| self.protocols.iter().any(|own| own.as_bytes() == protocol);
        headers.retain(|header| !header.is(PROTOCOL) || offered(header.value.trim_ascii()));
        let extension =
            Deflated::of(&recorded.headers).and_then(|_| self.extension(&recorded.headers));
        match extension {
            Some(extension) => {
                if headers.text(EXTENSIONS).map(str::trim) != Some(extension.as_str()) {
                    headers.set(EXTENSIONS, extension);
                }
            }
            None => headers.remove(EXTENSIONS),
        }
        response
    }

    /// How compression is agreed on: as recorded, as far as the client's first offer that can be
    /// taken goes (RFC 7692, section 7.1).
    fn extension(&self, recorded: &Headers) -> Option<String> {
        let item = items(recorded, EXTENSIONS).into_iter().find(|item| {
            item.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(DEFLATE))
        })?;
        let offer = self.offers.first()?;
        let named = |name: &str| offer.iter().find(|word| word.split('=').next() == Some(name));
        let mut taken = vec![DEFLATE.to_owned()];
        for parameter in item.split(';').skip(1).map(str::trim) {
            let lower = parameter.to_ascii_lowercase();
            let needs_offer = lower.starts_with("client_max_window_bits");
            let from_offer = lower.starts_with("server_max_window_bits");
            if !(needs_offer && named("client_max_window_bits").is_none() || from_offer) {
                taken.push(parameter.to_owned());
            }
        }
        let own = |name: &str| taken.iter().any(|word| word.eq_ignore_ascii_case(name));
        if named("server_no_context_takeover").is_some() && !own("server_no_context_takeover") {
            taken.push("server_no_context_takeover".to_owned());
        }
        let recorded_bits = item.split(';').map(str::trim).find_map(server_bits);
        let bits = named("server_max_window_bits").and_then(|word| server_bits(word));
        if let Some(bits) = [recorded_bits, bits].into_iter().flatten().min() {
            taken.push(format!("server_max_window_bits={bits}"));
        }
        let extension = taken.join("; ");
        // As it stood, where that is what was agreed on.
        let same = |text: &str| {
            let mut words: Vec<_> =
                text.split(';').map(|word| word.trim().to_ascii_lowercase()).collect();
            words.sort_unstable();
            words
        };
        Some(if same(&extension) == same(&item) { item } else { extension })
    }
}

fn server_bits(word: &str) -> Option<u8> {
    let (name, value) = word.split_once('=')?;
    let value = value.trim().trim_matches('"').parse().ok()?;
    name.trim().eq_ignore_ascii_case("server_max_window_bits").then_some(value)
}

/// The items of a list field.
fn items(headers: &Headers, name: &str) -> Vec<String> {
    let lines: Vec<_> = headers.all(name).map(String::from_utf8_lossy).collect();
    let items = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
    items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(recorded: &[(&str, &str)], offered: &[(&str, &str)]) -> Headers {
        let fields = |pairs: &[(&str, &str)]| -> Headers {
            pairs.iter().map(|(name, value)| crate::exchange::Header::new(*name, value)).collect()
        };
        let mut client = fields(offered);
        // The example of RFC 6455, section 1.3.
        client.push("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        client.push("Upgrade", "WebSocket");
        let response = Response { status: 101, headers: fields(recorded), ..Response::default() };
        Handshake::of(&client).unwrap().answer(&response).headers
    }

    #[test]
    fn the_digest_is_that_of_the_clients_key() {
        let headers =
            answered(&[("Upgrade", "x"), ("sec-websocket-accept", "old"), ("X", "1")], &[]);
        let expected = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
        let shown = [("Upgrade", "x"), ("sec-websocket-accept", expected), ("X", "1")];
        assert_eq!(headers, Headers::from(shown));
        assert_eq!(Handshake::of(&Headers::from([("Upgrade", "websocket")])), None);
        assert_eq!(Handshake::of(&Headers::from([("Sec-WebSocket-Key", "x")])), None);
    }

    #[test]
    fn nothing_is_agreed_on_that_the_client_does_not_offer() {
        let takes = "permessage-deflate; client_max_window_bits";
        let cases = [
            ("permessage-deflate", None, None),
            ("permessage-deflate", Some("x-other"), None),
            ("permessage-deflate", Some("permessage-deflate"), Some("permessage-deflate")),
            ("x-other", Some("permessage-deflate"), None),
            (
                "Permessage-Deflate;server_max_window_bits=12 ; client_max_window_bits=11",
                Some(takes),
                Some("Permessage-Deflate;server_max_window_bits=12 ; client_max_window_bits=11"),
            ),
            (
                "permessage-deflate; client_max_window_bits=11",
                Some("permessage-deflate"),
                Some("permessage-deflate"),
            ),
            (
                "permessage-deflate; server_max_window_bits=12",
                Some("permessage-deflate; server_no_context_takeover; server_max_window_bits=10"),
                Some("permessage-deflate; server_no_context_takeover; server_max_window_bits=10"),
            ),
        ];
        for (recorded, offered, expected) in cases {
            let offered: Vec<_> =
                offered.iter().map(|offer| ("Sec-WebSocket-Extensions", *offer)).collect();
            let headers = answered(&[("Sec-WebSocket-Extensions", recorded)], &offered);
            assert_eq!(headers.text(EXTENSIONS), expected, "{recorded} {offered:?}");
        }
        let recorded = [("Sec-WebSocket-Protocol", "chat")];
        assert_eq!(answered(&recorded, &[]).text(PROTOCOL), None);
        let offered = [("Sec-WebSocket-Protocol", "soap, chat")];
        assert_eq!(answered(&recorded, &offered).text(PROTOCOL), Some("chat"));
    }
}
