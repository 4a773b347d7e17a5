//! Alibaba Cloud's RPC style: every operation is `POST /`, selected by name; parameters go in the
//! query; no page lists codes.

use super::{Envelope, Family, Member, MemberKind, Product, Scheme, SelectorForm};

pub(super) static ALIBABA: Family = Family {
    name: "alibaba",
    signs: &[
        ("ParameterTypeRequired", 3),
        ("OpenAPI Explorer", 2),
        ("RAM user", 1),
        ("Alibaba Cloud", 2),
        ("aliyun", 1),
        ("aliyuncs.com", 2),
        ("api.aliyun.com", 2),
        ("Document Center", 1),
    ],
    success: Some(200),
    error: Envelope {
        name: "ServiceError",
        members: &[
            Member { name: "RequestId", required: true, kind: MemberKind::Text },
            Member { name: "Code", required: true, kind: MemberKind::Text },
            Member { name: "Message", required: true, kind: MemberKind::Text },
            Member { name: "HostId", required: false, kind: MemberKind::Text },
            Member { name: "Recommend", required: false, kind: MemberKind::Text },
            Member { name: "AccessDeniedDetail", required: false, kind: MemberKind::Open },
        ],
    },
    errors_by_default: true,
    envelopes: &[],
    gateway_codes: &[],
    security: &[
        Scheme::Authorization { name: "signature", scheme: "ACS3-HMAC-SHA256" },
        Scheme::Query { name: "querySignature", parameter: "Signature" },
    ],
    selector: Some(SelectorForm {
        method: "POST",
        path: "/",
        header: "x-acs-action",
        query: "Action",
        version_header: "x-acs-version",
        version_query: "Version",
    }),
    products: &[
        Product {
            code: "ecd",
            titles: &["WUYING Workspace", "Elastic Desktop Service"],
            version: "2020-09-30",
        },
        Product { code: "ecs", titles: &["Elastic Compute Service"], version: "2014-05-26" },
    ],
};
