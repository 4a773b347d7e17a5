//! HTTP/2 through the recorder: what stood on the wire, on both sides and in the cassette.

use crate::http2_peer::{
    Answer, Came, Http2, ask, client, fields, opened, plain, send, tunnel, tunnel_as, whole,
};
use crate::peer::{PrivateAuthority, Recorder, Then, Upstream};
use crate::support::Nobody;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use std::future::poll_fn;
use std::sync::Arc;
use testimony::cassette::Cassette;
use testimony::exchange::{Body, Exchange, TransportErrorKind, Version};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn get(url: &str) -> Request<()> {
    Request::get(url).body(()).unwrap()
}

fn pairs(headers: &testimony::exchange::Headers) -> Vec<(String, String)> {
    headers.iter().map(|h| (h.name.clone(), h.text().into_owned())).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn by_path<'a>(cassette: &'a Cassette, path: &str) -> &'a Exchange {
    cassette.exchanges.iter().find(|e| e.request.target.ends_with(path)).unwrap()
}

/// What the scripted upstream does, by path.
async fn script(request: Came, mut answer: Answer) {
    let (head, mut body) = request.into_parts();
    let ok = || Response::builder().status(200);
    match head.uri.path() {
        "/echo" => {
            let Ok((bytes, trailers)) = whole(&mut body).await else { return };
            let seen = format!("{} {} {:?}", head.method, head.uri, fields(&head.headers));
            let response = Response::builder()
                .status(207)
                .header("x-z", "1")
                .header("x-a", "caf\u{e9} \u{4e2d}")
                .header("set-cookie", "a=1")
                .header("set-cookie", "b=2")
                .header("x-seen", seen)
                .body(())
                .unwrap();
            let mut out = answer.send_response(response, false).unwrap();
            send(&mut out, bytes.into()).await;
            out.send_trailers(trailers).unwrap();
        }
        "/early" => {
            let hint = Response::builder().status(103).header("link", "</a>").body(()).unwrap();
            answer.send_informational(hint).unwrap();
            answer.send_response(Response::builder().status(204).body(()).unwrap(), true).unwrap();
        }
        "/refused" => answer.send_reset(h2::Reason::REFUSED_STREAM),
        "/part" => {
            let mut out = answer.send_response(ok().body(()).unwrap(), false).unwrap();
            send(&mut out, Bytes::from_static(b"part")).await;
            // What was sent is to be seen before the reset.
            let _ = whole(&mut body).await;
            out.send_reset(h2::Reason::ENHANCE_YOUR_CALM);
        }
        "/talk" => {
            let mut out = answer.send_response(ok().body(()).unwrap(), false).unwrap();
            send(&mut out, Bytes::from_static(b"hello;")).await;
            while let Some(Ok(piece)) = body.data().await {
                body.flow_control().release_capacity(piece.len()).unwrap();
                send(&mut out, piece).await;
            }
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", "0".parse().unwrap());
            // The recorder may have been stopped meanwhile.
            let _ = out.send_trailers(trailers);
        }
        "/wait" => {
            // Until the client goes.
            let reset = poll_fn(|context| answer.poll_reset(context)).await;
            assert_eq!(reset.unwrap(), h2::Reason::CANCEL);
        }
        path => {
            let text = format!("{path} {}", head.uri.authority().unwrap());
            let mut out = answer.send_response(ok().body(()).unwrap(), false).unwrap();
            out.send_data(text.into(), true).unwrap();
        }
    }
}

/// A server in TLS that offers these protocols, and a recorder that trusts it.
async fn secure(offered: &[&str]) -> (Http2, Recorder) {
    let authority = PrivateAuthority::new();
    let folder = tempfile::tempdir().unwrap();
    authority.write(folder.path());
    let mut config = (*authority.server_config(&["127.0.0.1", "localhost"])).clone();
    config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
    let server = Http2::serve(Some(Arc::new(config)), script).await;
    (server, Recorder::start_in(folder, &["--ca-file", "private.pem"]))
}

async fn reverse() -> (Http2, Recorder) {
    let server = Http2::serve(None, script).await;
    let recorder = Recorder::start(&["--upstream", &format!("http://{}", server.address)]);
    (server, recorder)
}

#[test]
fn every_byte_of_an_intercepted_exchange() {
    runtime().block_on(async {
        let (server, recorder) = secure(&["h2", "http/1.1"]).await;
        let authority = format!("localhost:{}", server.address.port());
        let folder = recorder.folder.path();
        let (stream, chosen) =
            tunnel(recorder.address(), &authority, folder, &["h2", "http/1.1"]).await;
        assert_eq!(chosen.as_deref(), Some("h2"));
        let sender = client(stream).await;
        let request = Request::post(format!("https://{authority}/echo?q=%2F&q"))
            .header("x-b", "1")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .header("te", "trailers")
            .header("x-a", "2")
            .header("proxy-authorization", "Basic eDp5")
            .body(())
            .unwrap();
        let (response, mut out) =
            sender.ready().await.unwrap().send_request(request, false).unwrap();
        send(&mut out, Bytes::from_static(b"one ")).await;
        send(&mut out, Bytes::from_static(b"two")).await;
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", "9".parse().unwrap());
        out.send_trailers(trailers).unwrap();
        let (head, mut body) = response.await.unwrap().into_parts();
        let (bytes, trailers) = whole(&mut body).await.unwrap();
        let sent =
            [("x-b", "1"), ("cookie", "a=1"), ("cookie", "b=2"), ("te", "trailers"), ("x-a", "2")];
        let seen = format!("POST https://{authority}/echo?q=%2F&q {:?}", owned(&sent));
        let answered = [
            ("x-z", "1"),
            ("x-a", "caf\u{e9} \u{4e2d}"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("x-seen", &seen),
        ];
        assert_eq!((head.status.as_u16(), bytes.as_slice()), (207, b"one two".as_slice()));
        assert_eq!(fields(&head.headers), owned(&answered));
        assert_eq!(fields(&trailers), owned(&[("x-sum", "9")]));
        // The end of the response was handed on after the exchange was on disk.
        assert_eq!(recorder.recorded().exchanges.len(), 1);
        let exchange = recorder.end().exchanges.remove(0);
        let (request, response) = (exchange.request, exchange.response.unwrap());
        assert_eq!((request.version, response.version), (Version::Http2, Version::Http2));
        assert_eq!(request.target, format!("https://{authority}/echo?q=%2F&q"));
        let names: Vec<_> = request.headers.iter().map(|h| h.name.as_str()).collect();
        assert_eq!(names, ["x-b", "cookie", "cookie", "te", "x-a"]);
        assert_eq!((request.body, response.body), ("one two".into(), "one two".into()));
        assert_eq!(pairs(&request.trailers), owned(&[("x-sum", "9")]));
        assert_eq!(pairs(&response.trailers), owned(&[("x-sum", "9")]));
        assert_eq!((response.status, &response.reason), (207, &"".into()));
        assert_eq!(pairs(&response.headers)[1], owned(&answered)[1]);
        assert_eq!(server.connections(), 1, "the connection that was asked first is used");
    });
}

#[test]
fn the_upstream_chooses_the_protocol() {
    runtime().block_on(async {
        let both: &[&str] = &["h2", "http/1.1"];
        let cases: [(&[&str], &[&str], Option<&str>); 5] = [
            (&["h2", "http/1.1"], both, Some("h2")),
            (&["http/1.1"], both, Some("http/1.1")),
            (&[], both, None),
            (&["h2"], &["h2"], Some("h2")),
            (&["h2", "http/1.1"], &["http/1.1"], Some("http/1.1")),
        ];
        for (served, offered, expected) in cases {
            let (server, recorder) = secure(served).await;
            let authority = format!("127.0.0.1:{}", server.address.port());
            for _ in 0..3 {
                let folder = recorder.folder.path();
                let (_, chosen) = tunnel(recorder.address(), &authority, folder, offered).await;
                assert_eq!(chosen.as_deref(), expected, "{served:?} {offered:?}");
            }
            // What was found is remembered.
            assert!(server.connections() <= 1, "{served:?} {offered:?}");
        }
    });
}

#[test]
fn a_name_in_tls_that_is_not_the_tunnels_is_asked_of_the_upstream() {
    runtime().block_on(async {
        let authority = PrivateAuthority::new();
        let folder = tempfile::tempdir().unwrap();
        authority.write(folder.path());
        // What the tunnel is called, it has no certificate for.
        let mut config = (*authority.server_config(&["localhost"])).clone();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let server = Http2::serve(Some(Arc::new(config)), script).await;
        let recorder = Recorder::start_in(folder, &["--ca-file", "private.pem"]);
        let place = format!("127.0.0.1:{}", server.address.port());
        let (folder, offered) = (recorder.folder.path(), ["h2", "http/1.1"]);
        let (stream, chosen) =
            tunnel_as(recorder.address(), &place, "localhost", folder, &offered).await;
        assert_eq!(chosen.as_deref(), Some("h2"));
        let sender = client(stream).await;
        let answer = ask(&sender, get(&format!("https://{place}/a")), "").await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        let exchange = recorder.end().exchanges.remove(0);
        assert_eq!((exchange.error, exchange.request.version), (None, Version::Http2));
        assert_eq!(exchange.request.target, format!("https://{place}/a"));
    });
}

#[test]
fn an_upstream_of_http1_is_spoken_to_in_http1() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let authority = PrivateAuthority::new();
    let folder = tempfile::tempdir().unwrap();
    authority.write(folder.path());
    let upstream = Upstream::secure(&authority, &["127.0.0.1"], |_, wire| {
        wire.write_all(b"HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\nhi").unwrap();
        Then::Next
    });
    let recorder = Recorder::start_in(folder, &["--ca-file", "private.pem"]);
    runtime().block_on(async {
        let (folder, place) = (recorder.folder.path(), upstream.address.to_string());
        let (mut stream, chosen) =
            tunnel(recorder.address(), &place, folder, &["h2", "http/1.1"]).await;
        assert_eq!(chosen, None);
        let ask = format!("GET /a HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut got = String::new();
        let _ = stream.read_to_string(&mut got).await;
        assert_eq!(got, "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\nhi");
    });
    assert_eq!(upstream.seen().len(), 1);
    assert_eq!(recorder.end().exchanges[0].request.version, Version::Http11);
}

#[test]
fn an_upstream_that_cannot_be_reached_is_an_exchange() {
    runtime().block_on(async {
        let closed = Nobody::new();
        let recorder = Recorder::start(&[]);
        let (folder, place) = (recorder.folder.path(), closed.address.to_string());
        let (stream, chosen) = tunnel(recorder.address(), &place, folder, &["h2"]).await;
        assert_eq!(chosen.as_deref(), Some("h2"));
        let sender = client(stream).await;
        let request = Request::post(format!("https://{place}/a")).body(()).unwrap();
        let response = ask(&sender, request, "body").await.unwrap();
        assert_eq!(response.status(), 502);
        assert_eq!(response.headers()["testimony-error"], "refused");
        let exchange = recorder.end().exchanges.remove(0);
        assert_eq!(exchange.error.unwrap().kind, TransportErrorKind::Refused);
        assert_eq!((exchange.response, exchange.request.body), (None, "body".into()));
    });
}

#[test]
fn prior_knowledge_in_the_clear() {
    runtime().block_on(async {
        let (server, recorder) = reverse().await;
        let sender = plain(recorder.address()).await;
        let place = recorder.address().to_string();
        let early = ask(&sender, get(&format!("http://{place}/early")), "").await.unwrap();
        assert_eq!(early.status(), 204);
        let answer = ask(&sender, get(&format!("http://{place}/x?y")), "").await.unwrap();
        // `:authority` crosses as it came, as `Host` does in HTTP/1.
        assert_eq!(answer.body().0, format!("/x {place}").into_bytes());
        let cassette = recorder.end();
        let exchange = by_path(&cassette, "/x?y");
        assert_eq!(exchange.request.target, format!("http://{}/x?y", server.address));
        assert!(exchange.request.headers.is_empty(), "no field is invented");
        assert_eq!(exchange.request.version, Version::Http2);
        assert_eq!(server.connections(), 1);
    });
}

#[test]
fn prior_knowledge_in_a_tunnel() {
    runtime().block_on(async {
        let server = Http2::serve(None, script).await;
        let recorder = Recorder::start(&[]);
        let place = server.address.to_string();
        let sender = client(opened(recorder.address(), &place).await).await;
        // The tunnel says where it leads, `:authority` what is asked for.
        let answer = ask(&sender, get("http://api.example/t?x"), "").await.unwrap();
        assert_eq!(answer.body().0, b"/t api.example");
        let exchange = recorder.end().exchanges.remove(0);
        assert_eq!(exchange.request.target, "http://api.example/t?x");
    });
}

#[test]
fn interim_responses_reach_the_client() {
    runtime().block_on(async {
        let (_server, recorder) = reverse().await;
        let sender = plain(recorder.address()).await;
        let request = get(&format!("http://{}/early", recorder.address()));
        let (mut response, _) = sender.ready().await.unwrap().send_request(request, true).unwrap();
        let hint = poll_fn(|context| response.poll_informational(context)).await.unwrap().unwrap();
        assert_eq!(
            (hint.status().as_u16(), &hint.headers()["link"]),
            (103, &"</a>".parse().unwrap())
        );
        assert_eq!(response.await.unwrap().status(), 204);
        assert_eq!(recorder.end().exchanges[0].response.as_ref().unwrap().status, 204);
    });
}

#[test]
fn an_upstream_that_does_not_speak_it_is_a_failure() {
    let upstream = Upstream::answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    let recorder = Recorder::before(&upstream);
    let response = runtime().block_on(async {
        let sender = plain(recorder.address()).await;
        ask(&sender, get(&format!("http://{}/a", recorder.address())), "").await.unwrap()
    });
    assert_eq!(response.status(), 502);
    assert_eq!(response.headers()["testimony-error"], "protocol");
    let (cassette, output) = recorder.end_with_output();
    let error = cassette.exchanges[0].error.clone().unwrap();
    assert_eq!(error.message, "upstream speaks HTTP/1.1 and was asked in HTTP/2");
    assert_eq!(error.kind, TransportErrorKind::Protocol);
    assert!(crate::support::told(&output).contains("hint: "), "{output:?}");
}

#[test]
fn resets_are_what_they_were() {
    runtime().block_on(async {
        let (_server, recorder) = reverse().await;
        let sender = plain(recorder.address()).await;
        let url = |path: &str| format!("http://{}{path}", recorder.address());
        // Nothing of a response came: the proxy says so.
        for path in ["/refused", "/goaway"] {
            let refused = ask(&sender, get(&url(path)), "").await.unwrap();
            assert_eq!((refused.status().as_u16(), path), (502, path));
            assert_eq!(refused.headers()["testimony-error"], "reset");
        }
        // A part of it came: the client is told as the upstream told.
        let (response, mut out) =
            sender.clone().ready().await.unwrap().send_request(get(&url("/part")), false).unwrap();
        let mut body = response.await.unwrap().into_body();
        assert_eq!(body.data().await.unwrap().unwrap(), "part");
        out.send_data(Bytes::new(), true).unwrap();
        let fault = body.data().await.unwrap().unwrap_err();
        assert_eq!(fault.reason(), Some(h2::Reason::ENHANCE_YOUR_CALM));
        let cassette = recorder.end();
        let cases = [
            ("/refused", "upstream reset the stream: REFUSED_STREAM", None),
            ("/goaway", "upstream gave the connection up (GOAWAY): ENHANCE_YOUR_CALM", None),
            ("/part", "upstream reset the stream: ENHANCE_YOUR_CALM", Some("part")),
        ];
        for (path, message, came) in cases {
            let exchange = by_path(&cassette, path);
            let error = exchange.error.as_ref().unwrap();
            assert_eq!((error.kind, error.message.as_str()), (TransportErrorKind::Reset, message));
            let body = exchange.response.as_ref().map(|response| response.body.clone());
            assert_eq!(body, came.map(Body::from), "{path}");
        }
    });
}

#[test]
fn a_client_that_goes_is_recorded() {
    runtime().block_on(async {
        let (_server, recorder) = reverse().await;
        let sender = plain(recorder.address()).await;
        let request =
            Request::post(format!("http://{}/wait", recorder.address())).body(()).unwrap();
        let (response, mut out) =
            sender.clone().ready().await.unwrap().send_request(request, false).unwrap();
        send(&mut out, Bytes::from_static(b"half")).await;
        // Once another exchange is whole, the first one has begun.
        let other = get(&format!("http://{}/other", recorder.address()));
        assert_eq!(ask(&sender, other, "").await.unwrap().status(), 200);
        out.send_reset(h2::Reason::CANCEL);
        assert!(response.await.is_err());
        let other = get(&format!("http://{}/last", recorder.address()));
        assert_eq!(ask(&sender, other, "").await.unwrap().status(), 200);
        let cassette = recorder.end();
        let exchange = by_path(&cassette, "/wait");
        let error = exchange.error.as_ref().unwrap();
        assert_eq!(error.kind, TransportErrorKind::ClientGone);
        assert_eq!(error.message, "client reset the stream: CANCEL");
        assert_eq!(exchange.request.body, "half".into());
    });
}

#[test]
fn both_sides_talk_at_once() {
    runtime().block_on(async {
        let (_server, recorder) = reverse().await;
        let sender = plain(recorder.address()).await;
        let request =
            Request::post(format!("http://{}/talk", recorder.address())).body(()).unwrap();
        let (response, mut out) =
            sender.ready().await.unwrap().send_request(request, false).unwrap();
        let mut body = response.await.unwrap().into_body();
        assert_eq!(body.data().await.unwrap().unwrap(), "hello;");
        for word in ["one;", "two;", "three;"] {
            send(&mut out, Bytes::from_static(word.as_bytes())).await;
            assert_eq!(body.data().await.unwrap().unwrap(), word);
        }
        out.send_data(Bytes::new(), true).unwrap();
        let (rest, trailers) = whole(&mut body).await.unwrap();
        assert!(rest.is_empty());
        assert_eq!(fields(&trailers), owned(&[("grpc-status", "0")]));
        let exchange = recorder.end().exchanges.remove(0);
        assert_eq!(exchange.request.body, "one;two;three;".into());
        let response = exchange.response.unwrap();
        assert_eq!(response.body, "hello;one;two;three;".into());
        assert_eq!(pairs(&response.trailers), owned(&[("grpc-status", "0")]));
    });
}

#[test]
fn large_bodies_both_ways() {
    runtime().block_on(async {
        let (_server, recorder) = reverse().await;
        let sender = plain(recorder.address()).await;
        let bytes: Vec<u8> = (0..5_000_000_u32).map(|n| 128 + (n % 127) as u8).collect();
        let request = Request::put(format!("http://{}/echo", recorder.address())).body(()).unwrap();
        let got = ask(&sender, request, bytes.clone()).await.unwrap();
        assert!(got.body().0 == bytes, "{} bytes came", got.body().0.len());
        let exchange = &recorder.recorded().exchanges[0];
        assert_eq!(exchange.request.body.len(), 5_000_000);
        assert_eq!(exchange.response.as_ref().unwrap().body.len(), 5_000_000);
        assert_eq!(exchange.request.body, exchange.response.as_ref().unwrap().body);
    });
}

#[test]
fn a_hundred_streams_at_once() {
    runtime().block_on(async {
        let (server, recorder) = secure(&["h2"]).await;
        let authority = format!("localhost:{}", server.address.port());
        let folder = recorder.folder.path();
        let (stream, _) = tunnel(recorder.address(), &authority, folder, &["h2"]).await;
        let sender = client(stream).await;
        let asked: Vec<_> = (0..100)
            .map(|n| {
                let (sender, authority) = (sender.clone(), authority.clone());
                tokio::spawn(async move {
                    let request = get(&format!("https://{authority}/n/{n}"));
                    let response = ask(&sender, request, "").await.unwrap();
                    assert_eq!(response.into_body().0, format!("/n/{n} {authority}").into_bytes());
                })
            })
            .collect();
        for asked in asked {
            asked.await.unwrap();
        }
        let mut targets: Vec<_> =
            recorder.recorded().exchanges.into_iter().map(|e| e.request.target).collect();
        targets.sort();
        targets.dedup();
        assert_eq!(targets.len(), 100);
        assert_eq!(server.connections(), 1);
    });
}

#[test]
fn streams_that_are_reset_at_once_harm_nobody() {
    runtime().block_on(async {
        let (server, recorder) = reverse().await;
        let url = format!("http://{}/a", recorder.address());
        let sender = plain(recorder.address()).await;
        let mut reset = 0;
        while reset < 5_000 {
            let Ok(mut ready) = sender.clone().ready().await else { break };
            let Ok((_, mut out)) = ready.send_request(get(&url), false) else { break };
            out.send_reset(h2::Reason::CANCEL);
            reset += 1;
            tokio::task::yield_now().await;
        }
        let other = plain(recorder.address()).await;
        assert_eq!(ask(&other, get(&url), "").await.unwrap().status(), 200);
        assert!(server.connections() <= 16, "{} connections", server.connections());
        let cassette = recorder.end();
        assert!(cassette.exchanges.len() <= reset + 1);
        let whole = |exchange: &&Exchange| exchange.error.is_none();
        assert_eq!(cassette.exchanges.iter().filter(whole).count(), 1);
    });
}

#[test]
fn a_stream_that_is_open_when_the_recorder_stops_is_kept() {
    runtime().block_on(async {
        let (_server, recorder) = reverse().await;
        let sender = plain(recorder.address()).await;
        let request =
            Request::post(format!("http://{}/talk", recorder.address())).body(()).unwrap();
        let (response, mut out) =
            sender.ready().await.unwrap().send_request(request, false).unwrap();
        let mut body = response.await.unwrap().into_body();
        send(&mut out, Bytes::from_static(b"one;")).await;
        let mut got = Vec::new();
        while got.len() < b"hello;one;".len() {
            got.extend_from_slice(&body.data().await.unwrap().unwrap());
        }
        let exchange = recorder.end().exchanges.remove(0);
        assert_eq!(exchange.error.unwrap().kind, TransportErrorKind::Stopped);
        assert_eq!(exchange.request.body, "one;".into());
        assert_eq!(exchange.response.unwrap().body, "hello;one;".into());
        assert!(whole(&mut body).await.is_err(), "the client must not take it for whole");
    });
}

#[test]
fn what_is_not_served_is_refused() {
    runtime().block_on(async {
        let (server, recorder) = reverse().await;
        let sender = plain(recorder.address()).await;
        let tunnel = Request::connect("api.example:443").body(()).unwrap();
        let refused = ask(&sender, tunnel, "").await.unwrap();
        assert_eq!((refused.status().as_u16(), server.connections()), (501, 0));
        // A head beyond the limit does not end the connection.
        let large = Request::get(format!("http://{}/a", recorder.address()))
            .header("x-large", "x".repeat(70_000))
            .body(())
            .unwrap();
        let status = ask(&sender, large, "").await.map(|response| response.status().as_u16());
        assert_eq!(status.unwrap(), 431);
        let after = ask(&sender, get(&format!("http://{}/b", recorder.address())), "").await;
        assert_eq!(after.unwrap().status(), 200);
        assert_eq!(recorder.end().exchanges.len(), 1);
    });
}

/// Beyond what is held in memory by default, and through streams that wait for room.
#[test]
fn new_episodes_compares_large_requests() {
    runtime().block_on(async {
        let (server, recorder) = reverse().await;
        let bytes = |last: u8| [vec![0xfe; 6_000_000], vec![last]].concat();
        let put = |recorder: &Recorder| {
            Request::put(format!("http://{}/echo", recorder.address())).body(()).unwrap()
        };
        let sender = plain(recorder.address()).await;
        ask(&sender, put(&recorder), bytes(1)).await.unwrap();
        drop(sender);
        assert!(recorder.server.stop().status.success());
        let url = format!("http://{}", server.address);
        let arguments = ["--upstream", &url, "--mode", "new_episodes"];
        let recorder = Recorder::start_in(recorder.folder, &arguments);
        let sender = plain(recorder.address()).await;
        // The same and another one, at once on one connection.
        let (again, other) = tokio::join!(
            ask(&sender, put(&recorder), bytes(1)),
            ask(&sender, put(&recorder), bytes(2)),
        );
        let (again, other) = (again.unwrap(), other.unwrap());
        assert_eq!(again.headers()["testimony-source"], "replay");
        assert!(again.body().0 == bytes(1), "{} bytes came", again.body().0.len());
        assert!(other.headers().get("testimony-source").is_none());
        assert!(other.body().0 == bytes(2), "{} bytes came", other.body().0.len());
        drop(sender);
        let cassette = recorder.end();
        assert_eq!(cassette.exchanges.len(), 2);
        let last = cassette.exchanges[1].response.as_ref().unwrap();
        assert_eq!(
            (cassette.exchanges[1].request.body.len(), last.body.len()),
            (6_000_001, 6_000_001)
        );
    });
}

/// A body that was refused before it came is refused so again: without leave to send it, and without a wait
/// for it.
#[test]
fn a_refused_body_is_refused_again() {
    runtime().block_on(async {
        let refusing = |_: Came, mut answer: Answer| async move {
            let refused = Response::builder().status(417).header("x-why", "no").body(()).unwrap();
            answer.send_response(refused, true).unwrap();
        };
        let server = Http2::serve(None, refusing).await;
        let recorder = Recorder::start(&["--upstream", &format!("http://{}", server.address)]);
        let refused = async |address: std::net::SocketAddr| {
            let sender = plain(address).await;
            let request = Request::put(format!("http://{address}/up"))
                .header("expect", "100-continue")
                .header("content-length", "5000000")
                .body(())
                .unwrap();
            let mut sender = sender.ready().await.unwrap();
            let (mut answer, mut out) = sender.send_request(request, false).unwrap();
            // No interim response: that would be leave.
            let early = poll_fn(|context| answer.poll_informational(context)).await;
            assert!(early.is_none(), "{early:?}");
            let answer = answer.await.unwrap();
            assert_eq!(
                (answer.status().as_u16(), answer.headers()["x-why"].as_bytes()),
                (417, &b"no"[..])
            );
            out.send_reset(h2::Reason::NO_ERROR);
            drop(sender);
        };
        refused(recorder.address()).await;
        let folder = recorder.folder;
        let output = recorder.server.stop();
        assert!(output.status.success(), "{}", crate::support::told(&output));
        let arguments = ["replay", "--cassette", "c.cassette"];
        let replayer = crate::support::Server::start(folder.path(), &arguments);
        refused(replayer.address).await;
        let talk = crate::support::told(&replayer.stop());
        assert!(talk.contains("0 misses"), "{talk}");
    });
}
