//! Signatures are those of the vendors' own SDKs, byte for byte.

use super::{root, tools};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};
use testimony::auth::{Credentials, Scheme, Stamp};
use testimony::exchange::{Body, Headers, Request, Target};

const PACKAGES: &[&str] = &[
    "huaweicloudsdkcore==3.1.219",
    "alibabacloud_tea_openapi==0.4.6",
    "alibabacloud_openapi_util==0.2.4",
    "botocore==1.44.5",
];

const ID: &str = "AKEXAMPLE7";
const KEY: &str = "sk/example+key=9";
const TOKEN: &str = "session-token-5";
const MOMENT: &str = "2026-11-20T10:02:03Z";
const NONCE: &str = "5f1d7a20c3";

const JSON: (&str, &str) = ("Content-Type", "application/json");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// A request to be signed.
struct Case {
    scheme: &'static str,
    method: &'static str,
    target: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: &'static str,
}

fn case(
    scheme: &'static str,
    method: &'static str,
    target: &'static str,
    headers: &[(&'static str, &'static str)],
    body: &'static str,
) -> Case {
    Case { scheme, method, target, headers: headers.to_vec(), body }
}

fn cases() -> Vec<Case> {
    let huawei = |method, path, headers: &[_], body| case("huawei", method, path, headers, body);
    let acs = |method, path, headers: &[_], body| case("acs3", method, path, headers, body);
    let rpc = |method, path, headers: &[_], body| case("alibaba-rpc", method, path, headers, body);
    let ec2 = |method, path, headers: &[_], body| {
        case("sigv4:eu-central-1/ec2", method, path, headers, body)
    };
    let s3 = |method, path, headers: &[_], body| {
        case("sigv4:eu-central-1/s3", method, path, headers, body)
    };
    vec![
        huawei(
            "GET",
            "https://ims.example.com/v2/images?limit=2&name=a%20b&__os=~x*y&empty=",
            &[JSON],
            "",
        ),
        huawei(
            "POST",
            "https://ims.example.com:8443/v1/cloudimages",
            &[JSON, ("X-Project-Id", "0a1b")],
            "{\"name\":\"größe\"}",
        ),
        huawei(
            "PUT",
            "https://h.example.com/v1/a%2Fb/%E4%B8%AD/c.d~e/",
            &[("Content-Type", "text/plain")],
            "text",
        ),
        huawei(
            "DELETE",
            "https://h.example.com/v1/x?b=2&a=3&b=1&a=%2B",
            &[("X-Request", "  a  b ")],
            "",
        ),
        acs(
            "POST",
            "https://ecd.cn-hangzhou.aliyuncs.com/?RegionId=cn-hangzhou&Tag.1.Key=a%20b&n=",
            &[("x-acs-action", "CreateImage"), ("x-acs-version", "2020-09-30")],
            "",
        ),
        acs("POST", "https://ecd.example.com/", &[FORM, ("x-acs-action", "X")], "a=1&b=2"),
        acs(
            "GET",
            "https://cs.example.com/clusters/c%20x/nodes?pageSize=10",
            &[("x-acs-action", "List")],
            "",
        ),
        rpc(
            "GET",
            "https://ecs.aliyuncs.com/?Action=DescribeRegions&Format=json&Version=2014-05-26&Name=a%20b%2Bc*~%E4%B8%AD",
            &[],
            "",
        ),
        rpc(
            "POST",
            "https://ecs.aliyuncs.com/?Action=CreateImage&Version=2014-05-26",
            &[FORM],
            "ImageName=x%2Fy&Desc=",
        ),
        ec2(
            "POST",
            "https://ec2.eu-central-1.amazonaws.com/",
            &[FORM, ("User-Agent", "x/1")],
            "Action=RunInstances&Version=2016-11-15",
        ),
        ec2(
            "GET",
            "https://api.example.com/a%20b//c/./d/../e/?z=1&a=%2F&a=1&b",
            &[("X-Amz-Target", "A.  B   C")],
            "",
        ),
        s3(
            "GET",
            "https://b.s3.eu-central-1.amazonaws.com/a%20b//c/./%E4%B8%AD?list-type=2&prefix=x%2F",
            &[],
            "",
        ),
        s3(
            "PUT",
            "https://b.s3.amazonaws.com/k",
            &[("Content-Type", "text/plain"), ("x-amz-acl", "private")],
            "body",
        ),
        s3(
            "PUT",
            "http://127.0.0.1:9000/b/k",
            &[("Content-MD5", "hBotaJrYa9FhFEdFPCLG/A==")],
            "body",
        ),
    ]
}

fn signed(case: &Case, token: bool) -> String {
    let mut values = vec![ID.to_owned(), KEY.to_owned()];
    values.extend(token.then(|| TOKEN.to_owned()));
    let credentials = Credentials::new(Scheme::parse(case.scheme).unwrap(), values).unwrap();
    let mut headers = Headers::from([("Host", Target::parse(case.target).authority)]);
    for (name, value) in &case.headers {
        headers.push(*name, value);
    }
    let mut request = Request {
        method: case.method.to_owned(),
        target: case.target.to_owned(),
        headers,
        body: Body::from(case.body),
        ..Request::default()
    };
    let stamp = Stamp { at: MOMENT.parse().unwrap(), nonce: NONCE.to_owned() };
    let place = credentials.strip(&mut request);
    credentials.sign(&mut request, place, &stamp, None).unwrap();
    if case.scheme == "alibaba-rpc" {
        let pairs = Target::parse(&request.target).query_pairs();
        return pairs.into_iter().find(|(name, _)| name == "Signature").unwrap().1;
    }
    request.headers.text("authorization").unwrap().to_owned()
}

#[test]
fn signatures_are_those_of_the_vendors_sdks() {
    let folder = root().join("target/venv-signatures");
    let Some(python) = tools::python_with(&folder, PACKAGES) else { return };
    let cases = cases();
    let asked: Vec<(&Case, bool)> =
        cases.iter().flat_map(|case| [(case, false), (case, true)]).collect();
    let told: Vec<Value> = asked
        .iter()
        .map(|(case, token)| {
            let (scheme, place) = case.scheme.split_once(':').unwrap_or((case.scheme, "/"));
            json!({
                "scheme": scheme, "service": place.split_once('/').unwrap().1,
                "method": case.method, "target": case.target, "headers": case.headers,
                "body": case.body, "token": token, "nonce": NONCE, "date": MOMENT,
                "basic_date": MOMENT.replace(['-', ':'], ""),
            })
        })
        .collect();
    let mut child = Command::new(python)
        .arg(root().join("tests/sdk/signatures.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(Value::from(told).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let theirs: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(theirs.len(), asked.len());
    for ((case, token), theirs) in asked.iter().zip(theirs) {
        let what = (case.scheme, case.method, case.target, token);
        assert_eq!(signed(case, *token), theirs, "{what:?}");
    }
}
