//! Secrets that show themselves as such only later.

use crate::support::{Server, exchange, run, told};
use crate::upstream::Upstream;
use crate::wire::wire;

const ROWS: &[(&str, &str)] = &[
    ("GET /jobs/{raw}", "200 OK\n\nfine"),
    ("GET /other", "200 OK\n\nfine"),
    ("POST /login", "200 OK\nContent-Type: application/json\n\n{\"access_token\":\"{raw}\"}"),
];

#[test]
fn what_was_written_is_written_anew_with_a_warning_before_the_answer_is_served() {
    let secret = "Qx7Rk2Zp9Lm4Xv8Tn1Wc6Yb3";
    for mode in ["once", "all"] {
        let folder = tempfile::tempdir().unwrap();
        let upstream = Upstream::start(vec![ROWS], vec![secret.to_owned()]);
        let url = upstream.url();
        let arguments = ["record", "--cassette", "c.cassette", "--upstream", &url, "--mode", mode];
        let working = if mode == "all" {
            // There is one already, so that this one is made beside it.
            let earlier = Server::start(folder.path(), &arguments[..5]);
            exchange(earlier.address, &wire(ROWS[1].0, secret, Some("k0s1")));
            assert!(earlier.stop().status.success());
            folder.path().join("c.cassette.recording")
        } else {
            folder.path().join("c.cassette")
        };
        let recorder = Server::start(folder.path(), &arguments);
        let send = |step: usize| {
            exchange(recorder.address, &wire(ROWS[step].0, secret, Some(&format!("k0s{step}"))))
        };
        send(0);
        send(1);
        let held = |secret: &str| std::fs::read_to_string(&working).unwrap().contains(secret);
        assert!(held(secret), "nobody could know yet");
        let answer = String::from_utf8(send(2)).unwrap();
        assert!(answer.contains(secret), "the client gets what the upstream said");
        assert!(!held(secret), "replaced by the time the client has the answer");
        send(1);
        let output = recorder.stop();
        let talk = told(&output);
        assert!(output.status.success() && !talk.contains(secret), "{talk}");
        assert!(talk.contains("exchange 3 showed a secret that exchange 1 held already"), "{talk}");
        let verified = run(folder.path(), &["cassette", "verify", "c.cassette"]);
        assert!(told(&verified).contains("4 exchanges, ok"), "{}", told(&verified));
    }
}
