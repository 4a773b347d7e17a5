//! One whole request to an upstream, and the whole response to it: what an engine needs that sends
//! requests of its own.

use super::upstream::{Client, ConnectError, Endpoint, Proxied, of_tls};
use super::{BodyDecoder, Decoded, Framing, Limits, Link, ReadFault, ResponseHead};
use crate::exchange::{
    Body, Headers, Request, Response, Target, TransportError, TransportErrorKind, Version,
    request_head,
};
use std::io;
use std::time::{Duration, Instant};

/// What came of a request.
#[derive(Debug)]
pub struct Answered {
    /// The response; a part of it where there is an error too.
    pub response: Option<Response>,
    /// The failure that came instead of it, or of the rest of it.
    pub error: Option<TransportError>,
    /// From the request to the response's head.
    pub first_byte: Option<Duration>,
    /// From the request to the end.
    pub end: Duration,
}

impl Client {
    /// Sends a request, whose target is a whole URL and whose fields frame its body, and reads the
    /// response to its end, waiting at most `wait` for the next bytes. Redirections are not
    /// followed and nothing is repeated. A request of HTTP/2 is sent in HTTP/1.1. An error means that
    /// nothing was sent.
    pub async fn ask(
        &self,
        request: &Request,
        limits: &Limits,
        wait: Duration,
    ) -> Result<Answered, ConnectError> {
        let target = Target::parse(&request.target);
        let endpoint = endpoint(&target)
            .ok_or_else(|| protocol(format!("`{}` names no http or https host", request.target)))
            .map_err(ConnectError::Transport)?;
        let translated;
        let request = if request.version == Version::Http2 {
            translated = in_http1(request, &target);
            &translated
        } else {
            request
        };
        let mut link = match self.kept(&endpoint) {
            Some(link) => link,
            None => self.connect(&endpoint).await?,
        };
        let started = Instant::now();
        let mut asking =
            Asking { limits, wait, started, first_byte: None, proxied: self.proxied(&endpoint) };
        let mut response = None;
        let sent = asking.send(&mut link, request, &target).await;
        // An upstream that takes no more may have said why.
        let received = asking.receive(&mut link, &request.method, &mut response).await;
        let error = match (sent, received) {
            (Ok(()), Ok(true)) => {
                self.keep(endpoint, link);
                None
            }
            (_, Ok(_)) => None,
            (Err(error), Err(_)) | (Ok(()), Err(error)) => Some(error),
        };
        Ok(Answered { response, error, first_byte: asking.first_byte, end: started.elapsed() })
    }
}

/// A request of HTTP/2 as one of HTTP/1.1: with the fields that its frames stood for.
fn in_http1(request: &Request, target: &Target<'_>) -> Request {
    let mut headers = Headers::new();
    if !request.headers.contains("host") {
        headers.push("host", target.authority);
    }
    headers = headers.into_iter().chain(request.headers.clone()).collect();
    headers.remove("te");
    if !request.body.is_empty() && !headers.contains("content-length") {
        headers.push("content-length", request.body.len().to_string());
    }
    Request { version: Version::Http11, headers, ..request.clone() }
}

/// The endpoint of a whole URL.
fn endpoint(target: &Target<'_>) -> Option<Endpoint> {
    let secure = target.scheme.eq_ignore_ascii_case("https");
    let known = secure || target.scheme.eq_ignore_ascii_case("http");
    let authority = target.authority().filter(|_| known)?;
    Some(Endpoint::new(secure, authority))
}

struct Asking<'a> {
    limits: &'a Limits,
    wait: Duration,
    started: Instant,
    first_byte: Option<Duration>,
    /// The proxy that the request goes to as it is.
    proxied: Option<Proxied>,
}

impl Asking<'_> {
    async fn send(
        &self,
        link: &mut Link,
        request: &Request,
        target: &Target<'_>,
    ) -> Result<(), TransportError> {
        let Some(body) = request.body.bytes() else {
            return Err(protocol("the request's body is not in memory".to_owned()));
        };
        let mut sent = target.path_and_query();
        if let Some(proxied) = &self.proxied {
            sent = proxied.target(&sent);
        }
        let mut head = request_head(request, &sent);
        if let Some(proxied) = &self.proxied {
            let first = head.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            head.splice(first..first, proxied.credentials().iter().copied());
        }
        link.writer.send_both(head, body, self.wait).await.map_err(|error| self.failed(&error))
    }

    /// Reads the response; answers whether the connection can be used again.
    async fn receive(
        &mut self,
        link: &mut Link,
        method: &str,
        response: &mut Option<Response>,
    ) -> Result<bool, TransportError> {
        let head = self.head(link).await?;
        self.first_byte = Some(self.started.elapsed());
        let framing = Framing::of_response(method, &head);
        let closes =
            head.version == Version::Http10 || head.headers.has_token("connection", "close");
        let response = response.insert(Response {
            status: head.status,
            reason: head.reason,
            version: head.version,
            headers: head.headers,
            ..Response::default()
        });
        let framing = framing.map_err(|fault| protocol(format!("response: {fault}")))?;
        let mut decoder = BodyDecoder::new(framing);
        let mut bytes = Vec::new();
        let end = self.body(link, &mut decoder, &mut bytes).await;
        response.body = Body::from_bytes(bytes);
        response.trailers = decoder.into_trailers();
        end?;
        Ok(!closes && framing != Framing::UntilClose && response.status != 101)
    }

    /// The head that is no interim one (RFC 9110, section 15.2).
    async fn head(&self, link: &mut Link) -> Result<ResponseHead, TransportError> {
        loop {
            let head = link.reader.response_head(self.limits.head, self.wait).await;
            match head {
                Ok(Some(head)) if (100..200).contains(&head.status) && head.status != 101 => {}
                Ok(Some(head)) => {
                    match self.proxied.as_ref().and_then(|p| p.failure(head.status, &head.headers))
                    {
                        Some(error) => return Err(error),
                        None => return Ok(head),
                    }
                }
                Ok(None) | Err(ReadFault::Closed) => return Err(closed("without a whole head")),
                Err(ReadFault::Head(fault)) => return Err(protocol(format!("response: {fault}"))),
                Err(ReadFault::Io(error)) => return Err(self.failed(&error)),
                Err(ReadFault::Timeout(_)) => return Err(self.silent()),
            }
        }
    }

    async fn body(
        &self,
        link: &mut Link,
        decoder: &mut BodyDecoder,
        bytes: &mut Vec<u8>,
    ) -> Result<(), TransportError> {
        loop {
            match decoder.decode(&mut link.reader.buffer) {
                Err(fault) => return Err(protocol(format!("response: {fault}"))),
                Ok(Decoded::End) => return Ok(()),
                Ok(Decoded::Piece(piece)) => {
                    if (bytes.len() + piece.len()) as u64 > self.limits.body {
                        let most = self.limits.body;
                        return Err(protocol(format!(
                            "response: a body of more than {most} bytes"
                        )));
                    }
                    bytes.extend_from_slice(&piece);
                }
                Ok(Decoded::More) => match link.reader.fill_within(self.wait).await {
                    Ok(0) if decoder.ends_with_connection() => return Ok(()),
                    Ok(0) => return Err(closed("in the middle of a body")),
                    Ok(_) => {}
                    Err(error) => return Err(self.failed(&error)),
                },
            }
        }
    }

    fn failed(&self, error: &io::Error) -> TransportError {
        match error.kind() {
            io::ErrorKind::TimedOut => self.silent(),
            _ => of_tls(error).unwrap_or_else(|| TransportError {
                kind: TransportErrorKind::Reset,
                message: format!("upstream: {error}"),
            }),
        }
    }

    fn silent(&self) -> TransportError {
        let message = format!("upstream sent nothing for {} s", self.wait.as_secs_f32());
        TransportError { kind: TransportErrorKind::Timeout, message }
    }
}

fn closed(when: &str) -> TransportError {
    let message = format!("upstream closed the connection {when}");
    TransportError { kind: TransportErrorKind::Reset, message }
}

fn protocol(message: String) -> TransportError {
    TransportError { kind: TransportErrorKind::Protocol, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Roots;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// Answers one connection after the other with these bytes, each request on a connection taken
    /// as sent once its empty line is there.
    async fn served(answers: Vec<&'static [u8]>) -> (String, tokio::task::JoinHandle<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/crates?limit=2", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            let mut connections = 0;
            let mut answers = answers.into_iter().peekable();
            while answers.peek().is_some() {
                let (mut socket, _) = listener.accept().await.unwrap();
                connections += 1;
                let mut seen = Vec::new();
                while socket.read_buf(&mut seen).await.is_ok_and(|count| count > 0) {
                    if !seen.ends_with(b"\r\n\r\n") {
                        continue;
                    }
                    assert!(seen.starts_with(b"GET /v1/crates?limit=2 HTTP/1.1\r\nHost: x\r\n"));
                    seen.clear();
                    let Some(answer) = answers.next() else { break };
                    socket.write_all(answer).await.unwrap();
                    if !answer.windows(9).any(|window| window == b"Length: 2") {
                        break;
                    }
                }
            }
            connections
        });
        (url, task)
    }

    async fn asked(client: &Client, url: &str) -> Answered {
        let request = Request {
            method: "GET".into(),
            target: url.to_owned(),
            headers: Headers::from([("Host", "x")]),
            ..Request::default()
        };
        client.ask(&request, &Limits::default(), Duration::from_secs(20)).await.unwrap()
    }

    #[test]
    fn a_request_of_http2_names_its_host() {
        let request = Request {
            target: "https://api.example:8443/a".into(),
            version: Version::Http2,
            headers: Headers::from([("te", "trailers"), ("x-a", "1")]),
            body: "four".into(),
            ..Request::default()
        };
        let sent = in_http1(&request, &Target::parse(&request.target));
        let expected = [("host", "api.example:8443"), ("x-a", "1"), ("content-length", "4")];
        assert_eq!((sent.version, sent.headers), (Version::Http11, Headers::from(expected)));
    }

    fn client() -> Client {
        Client::new(Roots::default(), Duration::from_secs(20), "127.0.0.1:1".parse().unwrap())
    }

    #[tokio::test]
    async fn whole_responses_come_back_and_connections_are_kept() {
        let (url, server) = served(vec![
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Fine\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok",
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n",
            b"HTTP/1.0 200 OK\r\n\r\nto the end",
        ])
        .await;
        let client = client();
        for (status, body, trailers) in
            [(200, "ok", 0), (404, "no", 0), (200, "abc", 1), (200, "to the end", 0)]
        {
            let answered = asked(&client, &url).await;
            assert!(answered.error.is_none(), "{answered:?}");
            let response = answered.response.unwrap();
            assert_eq!((response.status, response.body), (status, Body::from(body)));
            assert_eq!(response.trailers.len(), trailers);
        }
        assert_eq!(server.await.unwrap(), 2, "the first three share a connection");
    }

    #[tokio::test]
    async fn what_breaks_off_is_kept_and_named() {
        for (answer, kind, status) in [
            (&b""[..], TransportErrorKind::Reset, None),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",
                TransportErrorKind::Reset,
                Some(200),
            ),
            (b"SSH-2.0-x\r\n\r\n", TransportErrorKind::Protocol, None),
        ] {
            let (url, _server) = served(vec![answer]).await;
            let answered = asked(&client(), &url).await;
            assert_eq!(answered.error.as_ref().map(|error| error.kind), Some(kind), "{answered:?}");
            assert_eq!(answered.response.map(|response| response.status), status);
        }
    }
}
